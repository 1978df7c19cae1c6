# How every target of the project is compiled. One place, so that no target differs by accident.
set(CMAKE_CXX_STANDARD 20)
set(CMAKE_CXX_STANDARD_REQUIRED ON)
set(CMAKE_CXX_EXTENSIONS OFF)
set(CMAKE_C_STANDARD 11)
set(CMAKE_C_STANDARD_REQUIRED ON)
set(CMAKE_C_EXTENSIONS OFF)
set(CMAKE_POSITION_INDEPENDENT_CODE ON)
set(CMAKE_EXPORT_COMPILE_COMMANDS ON)
find_package(Threads REQUIRED)

add_compile_options(-Wall -Wextra -Wpedantic -Wconversion -Wshadow)
add_compile_options($<$<COMPILE_LANGUAGE:CXX>:-Wnon-virtual-dtor>)
# A designated initializer that leaves members to their defaults is meant so.
add_compile_options(-Wno-missing-field-initializers)
if(CMAKE_CXX_COMPILER_ID STREQUAL GNU AND CMAKE_CXX_COMPILER_VERSION VERSION_LESS 13)
  # Wrong about std::string (https://gcc.gnu.org/bugzilla/show_bug.cgi?id=105651), and about members that a designated
  # initializer leaves to their defaults.
  add_compile_options(-Wno-restrict $<$<COMPILE_LANGUAGE:CXX>:-Wno-maybe-uninitialized>)
endif()
if(IODYNO_WARNINGS_AS_ERRORS)
  add_compile_options(-Werror)
endif()
if(IODYNO_SANITIZE)
  add_compile_options(-fsanitize=${IODYNO_SANITIZE} -fno-sanitize-recover=all -fno-omit-frame-pointer)
  add_link_options(-fsanitize=${IODYNO_SANITIZE})
endif()
if(IODYNO_FUZZ)
  add_compile_options(-fsanitize=fuzzer-no-link)  # what the fuzzer learns from
endif()
if(IODYNO_COVERAGE)
  add_compile_options(--coverage)
  add_compile_definitions(IODYNO_COVERAGE)
  add_link_options(--coverage)
endif()

# Remembers a part that can't be built here, for the last lines of the configuration.
function(iodyno_leave_out what why)
  set_property(GLOBAL APPEND PROPERTY IODYNO_LEFT_OUT "${what} (${why})")
endfunction()
