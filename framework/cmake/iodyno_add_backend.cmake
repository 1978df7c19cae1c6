# iodyno_add_backend(NAME SOURCES file... [LIBRARIES target...])
#
# A backend plugin: the module libiodyno-NAME.so that exports iodyno_backend_entry and nothing else. Hidden
# visibility alone is not enough: weak symbols of the C++ library would still be exported, so a version
# script says it to the linker.
#
# Out of the tree, after find_package(iodyno), it is installed to where iodyno finds it by its name, and with
# enable_testing() a test, check.NAME, runs `iodyno check` on it.
set(IODYNO_BACKEND_MAP ${CMAKE_CURRENT_LIST_DIR}/iodyno_backend.map)

function(iodyno_add_backend name)
  cmake_parse_arguments(PARSE_ARGV 1 arg "" "" "SOURCES;LIBRARIES")
  set(target iodyno-backend-${name})
  add_library(${target} MODULE ${arg_SOURCES})
  target_link_libraries(${target} PRIVATE iodyno::backend Threads::Threads ${arg_LIBRARIES})
  set_target_properties(${target} PROPERTIES
    PREFIX lib OUTPUT_NAME iodyno-${name} SUFFIX .so
    C_VISIBILITY_PRESET hidden CXX_VISIBILITY_PRESET hidden VISIBILITY_INLINES_HIDDEN ON
    LINK_DEPENDS ${IODYNO_BACKEND_MAP})
  target_link_options(${target} PRIVATE -Wl,--version-script=${IODYNO_BACKEND_MAP})
  if(NOT IODYNO_SANITIZE)  # the sanitizers' symbols come from the program
    target_link_options(${target} PRIVATE -Wl,-z,defs)
  endif()
  get_property(languages GLOBAL PROPERTY ENABLED_LANGUAGES)
  if(CXX IN_LIST languages)
    target_compile_features(${target} PRIVATE cxx_std_20)
  endif()
  if(IODYNO_PLUGIN_DIR)
    install(TARGETS ${target} LIBRARY DESTINATION ${IODYNO_PLUGIN_DIR})
  endif()
  if(IODYNO_PROGRAM)
    add_test(NAME check.${name} COMMAND ${IODYNO_PROGRAM} check $<TARGET_FILE:${target}> --quiet)
    set_tests_properties(check.${name} PROPERTIES LABELS conformance TIMEOUT 900)
  endif()
endfunction()
