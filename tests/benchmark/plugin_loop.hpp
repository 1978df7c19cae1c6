/// What the loops by hand do, on iodyno's own path.
#pragma once
#include "engine.hpp"
#include "small_files.hpp"

namespace iodyno::host {

/// The blocks of the ground.
class PluginLoop : public Peer {
 public:
  PluginLoop(const Ground& ground, const Engine& engine)
      : session_(engine, ground.phase(), ground.files(), ground.directory(), ground.directory()) {
    session_.open_files({ground.files().path(0)});
  }
  PassTime pass() override { return session_.run(IODYNO_OP_READ_BLOCK); }

 private:
  EngineSession session_;
};

/// A copy of the ground's file. It is removed again without the clock.
class PluginCopy : public Peer {
 public:
  PluginCopy(const Place& place, const Ground& ground, const Engine& engine)
      : path_(ground.files().path(0)),
        to_(open_below(place.directory(), place.new_directory())),
        session_(engine, {.ops = {{IODYNO_OP_COPY, 1}}}, ground.files(), ground.directory(), to_) {}

  PassTime pass() override {
    const auto time = session_.run(IODYNO_OP_COPY);
    check(unlinkat(to_, path_.c_str(), 0), "unlink");
    return time;
  }

 private:
  const std::string path_;
  Fd to_;
  EngineSession session_;
};

/// The life of small files, with a session for each new directory.
class PluginFiles : public Performer {
 public:
  PluginFiles(const Place& place, const Files& files, const Engine& engine)
      : place_(place), files_(files), engine_(engine) {}

  std::vector<PassTime> perform() override {
    const auto name = place_.new_directory();
    const Fd directory = open_below(place_.directory(), name);
    std::vector<PassTime> times;
    {
      EngineSession session(engine_, {.ops = {{IODYNO_OP_CREATE, 1}}}, files_, directory,
                            directory);
      for (const auto op :
           {IODYNO_OP_CREATE, IODYNO_OP_READ, IODYNO_OP_OVERWRITE, IODYNO_OP_DELETE})
        times.push_back(session.run(op));
    }
    check(unlinkat(place_.directory(), name.c_str(), AT_REMOVEDIR), "rmdir");
    return times;
  }

 private:
  const Place& place_;
  const Files& files_;
  const Engine engine_;
};

}  // namespace iodyno::host
