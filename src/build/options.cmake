# How every target of the project is compiled, and the functions that the folders' lists use.

set(CANOPY_SANITIZE "" CACHE STRING "Sanitizers of the native build: empty, 'address,undefined' or 'thread'")
find_package(Threads REQUIRED)

add_library(canopy_options INTERFACE)
target_compile_options(canopy_options INTERFACE
  -fno-exceptions -fno-rtti -Wall -Wextra -Werror -Wconversion -Wshadow -Wnon-virtual-dtor
  -Woverloaded-virtual -Wcast-qual -Wformat=2 -Wimplicit-fallthrough)
target_link_libraries(canopy_options INTERFACE Threads::Threads)
if(CANOPY_SANITIZE)
  target_compile_options(canopy_options INTERFACE -fsanitize=${CANOPY_SANITIZE} -fno-sanitize-recover=all -fno-omit-frame-pointer)
  target_link_options(canopy_options INTERFACE -fsanitize=${CANOPY_SANITIZE})
endif()

# canopy_library(NAME SOURCES a.cpp ... USES other-folders ... LIBRARIES outside-libraries ...)
# The static library of the folder src/NAME. USES names the folders above it that it includes from; the
# layering test reads it from here.
function(canopy_library name)
  cmake_parse_arguments(A "" "" "SOURCES;USES;LIBRARIES" ${ARGN})
  if(A_SOURCES)
    add_library(canopy_${name} STATIC ${A_SOURCES})
    set(scope PUBLIC)
  else()
    add_library(canopy_${name} INTERFACE)
    set(scope INTERFACE)
  endif()
  target_include_directories(canopy_${name} ${scope} ${CMAKE_SOURCE_DIR}/src)
  list(TRANSFORM A_USES PREPEND canopy_)
  target_link_libraries(canopy_${name} ${scope} canopy_options ${A_USES} ${A_LIBRARIES})
endfunction()

# canopy_test(NAME SOURCES a.cpp ... USES folders ...)   one GoogleTest program for the folder tests/NAME
function(canopy_test name)
  cmake_parse_arguments(A "" "" "SOURCES;USES;LIBRARIES" ${ARGN})
  add_executable(test_${name} ${A_SOURCES})
  list(TRANSFORM A_USES PREPEND canopy_)
  target_link_libraries(test_${name} PRIVATE canopy_options ${A_USES} ${A_LIBRARIES} canopy_gtest)
  gtest_discover_tests(test_${name} TEST_PREFIX ${name}. DISCOVERY_TIMEOUT 60 PROPERTIES TIMEOUT 600)
endfunction()
