# Crates, built by cargo from Debian's packaged ones (librust-NAME-dev), offline. What cargo writes, Cargo.lock and a
# home of its own, is in the build directory. The environment's flags, wrappers, targets and profiles are kept away; a
# .cargo/config.toml in a directory above is not, but for wrappers, flags, and what becomes of a panic.
set(IODYNO_CRATES /usr/share/cargo/registry CACHE PATH "Where packaged crates are")
find_program(IODYNO_CARGO cargo)
find_program(IODYNO_RUSTC rustc)

# iodyno_why_no_cargo(RESULT crate>=version...): sets RESULT to what is missing, or to nothing.
function(iodyno_why_no_cargo result)
  set(why "")
  if(NOT IODYNO_CARGO OR NOT IODYNO_RUSTC)
    set(why "cargo was not found")
  else()
    # Where rustup has no compiler to pass the call on to, its rustc only fails.
    execute_process(COMMAND ${IODYNO_RUSTC} --version OUTPUT_VARIABLE version ERROR_QUIET)
    if(NOT version MATCHES "^rustc ([0-9.]+)")
      set(why "${IODYNO_RUSTC} does not run")
    elseif(CMAKE_MATCH_1 VERSION_LESS 1.63)
      set(why "Rust 1.63 is needed, and ${IODYNO_RUSTC} is ${CMAKE_MATCH_1}")
    endif()
  endif()
  foreach(wanted IN LISTS ARGN)
    string(REPLACE ">=" ";" wanted "${wanted}")
    list(GET wanted 0 crate)
    list(GET wanted 1 least)
    iodyno_has_crate(found ${crate} ${least})
    if(NOT why AND NOT found)
      set(why "${IODYNO_CRATES} has no crate ${crate} of version ${least} or later: librust-${crate}-dev")
    endif()
  endforeach()
  set(${result} "${why}" PARENT_SCOPE)
endfunction()

# The directories are named crate-version.
function(iodyno_has_crate result crate least)
  set(${result} FALSE PARENT_SCOPE)
  file(GLOB manifests RELATIVE ${IODYNO_CRATES} ${IODYNO_CRATES}/${crate}-[0-9]*/Cargo.toml)
  foreach(manifest IN LISTS manifests)
    if(manifest MATCHES "-([0-9][0-9.]*)[^/]*/Cargo.toml$" AND CMAKE_MATCH_1 VERSION_GREATER_EQUAL least)
      set(${result} TRUE PARENT_SCOPE)
    endif()
  endforeach()
endfunction()

# What of the environment changes how cargo builds. Beside these, an empty wrapper is none, also where a file names one.
# Of all flags the encoded ones count; they keep the place where this is built out of the messages of panics.
set(IODYNO_CARGO_ENVIRONMENT RUSTC_WRAPPER= RUSTC_WORKSPACE_WRAPPER= RUSTFLAGS=
    "CARGO_ENCODED_RUSTFLAGS=--remap-path-prefix=${PROJECT_SOURCE_DIR}=iodyno"
    --unset=CARGO_INCREMENTAL)
foreach(variable IN ITEMS BUILD_TARGET BUILD_TARGET_DIR BUILD_RUSTC BUILD_RUSTFLAGS BUILD_RUSTC_WRAPPER
                          BUILD_RUSTC_WORKSPACE_WRAPPER PROFILE_RELEASE_CODEGEN_UNITS PROFILE_RELEASE_DEBUG
                          PROFILE_RELEASE_DEBUG_ASSERTIONS PROFILE_RELEASE_INCREMENTAL PROFILE_RELEASE_LTO
                          PROFILE_RELEASE_OPT_LEVEL PROFILE_RELEASE_OVERFLOW_CHECKS PROFILE_RELEASE_PANIC
                          PROFILE_RELEASE_RPATH PROFILE_RELEASE_SPLIT_DEBUGINFO PROFILE_RELEASE_STRIP)
  list(PREPEND IODYNO_CARGO_ENVIRONMENT --unset=CARGO_${variable})
endforeach()

# iodyno_add_crate(TARGET OUTPUT file MANIFEST file SOURCES file...)
#
# A target that builds the crate of a manifest, in which @CMAKE_CURRENT_SOURCE_DIR@ is replaced, as TARGET-crate below
# the build directory. OUTPUT is what comes of it, relative to cargo's target directory.
function(iodyno_add_crate target)
  cmake_parse_arguments(PARSE_ARGV 1 arg "" "OUTPUT;MANIFEST" "SOURCES")
  set(crate ${CMAKE_CURRENT_BINARY_DIR}/${target}-crate)
  configure_file(${arg_MANIFEST} ${crate}/Cargo.toml @ONLY)
  file(CONFIGURE OUTPUT ${crate}/.cargo/config.toml CONTENT [[
[source.crates-io]
replace-with = "packaged"
[source.packaged]
directory = "@IODYNO_CRATES@"
]] @ONLY)
  set(made ${crate}/target/release/${arg_OUTPUT})
  list(TRANSFORM arg_SOURCES PREPEND ${CMAKE_CURRENT_SOURCE_DIR}/)
  add_custom_command(
    OUTPUT ${made}
    # A lock that another cargo has written may be of a version that this one can't read.
    COMMAND ${CMAKE_COMMAND} -E rm -f Cargo.lock
    COMMAND ${CMAKE_COMMAND} -E env ${IODYNO_CARGO_ENVIRONMENT} CARGO_HOME=${crate}/home RUSTC=${IODYNO_RUSTC}
            ${IODYNO_CARGO} build --quiet --release --offline --target-dir ${crate}/target
            --config "profile.release.panic=\"unwind\""
    # Cargo leaves what is as good as new as it is. What it has put elsewhere is not to be found here.
    COMMAND ${CMAKE_COMMAND} -E touch_nocreate ${made}
    DEPENDS ${arg_SOURCES} ${crate}/Cargo.toml ${crate}/.cargo/config.toml
    WORKING_DIRECTORY ${crate}
    COMMENT "Building the crate ${target}"
    VERBATIM)
  add_custom_target(${target} DEPENDS ${made})
  set_target_properties(${target} PROPERTIES CRATE_FILE ${made})
endfunction()
