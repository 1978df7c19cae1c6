# Crates, built by cargo from Debian's packaged ones (librust-NAME-dev), offline. What cargo writes, Cargo.lock and a
# home of its own, is in the build directory, and no configuration of the user's reaches it.
set(IODYNO_CRATES /usr/share/cargo/registry CACHE PATH "Where packaged crates are")
find_program(IODYNO_CARGO cargo)
find_program(IODYNO_RUSTC rustc)

# iodyno_why_no_cargo(RESULT crate...): sets RESULT to what is missing, or to nothing.
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
  foreach(crate IN LISTS ARGN)
    file(GLOB found ${IODYNO_CRATES}/${crate}-[0-9]*/Cargo.toml)
    if(NOT why AND NOT found)
      set(why "${IODYNO_CRATES} has no crate ${crate}: librust-${crate}-dev")
    endif()
  endforeach()
  set(${result} "${why}" PARENT_SCOPE)
endfunction()

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
    COMMAND ${CMAKE_COMMAND} -E env --unset=CARGO_BUILD_TARGET --unset=CARGO_ENCODED_RUSTFLAGS
            CARGO_HOME=${crate}/home RUSTC=${IODYNO_RUSTC} RUSTFLAGS= ${IODYNO_CARGO} build
            --quiet --release --offline --target-dir ${crate}/target
    COMMAND ${CMAKE_COMMAND} -E touch ${made}
    DEPENDS ${arg_SOURCES} ${crate}/Cargo.toml ${crate}/.cargo/config.toml
    WORKING_DIRECTORY ${crate}
    COMMENT "Building the crate ${target}"
    VERBATIM)
  add_custom_target(${target} DEPENDS ${made})
  set_target_properties(${target} PROPERTIES CRATE_FILE ${made})
endfunction()
