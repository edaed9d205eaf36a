# The functions that the folders' lists use.

# Programs for people lie in the top of the build folder, tests beside it or beneath it: of the web
# build, the top is the site.
if(EMSCRIPTEN)
  set(CANOPY_TEST_DIR ${CMAKE_BINARY_DIR}-tests)
  add_custom_target(site ALL)
else()
  set(CANOPY_TEST_DIR ${CMAKE_BINARY_DIR}/tests)
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

# canopy_program(NAME SOURCES a.cpp ... USES folders ... LIBRARIES outside-libraries ...)
# A program for the command line: natively NAME in the build folder; of the web build NAME.js beside the
# tests, for node, where it sees the real files.
function(canopy_program name)
  cmake_parse_arguments(A "" "" "SOURCES;USES;LIBRARIES" ${ARGN})
  add_executable(${name} ${A_SOURCES})
  list(TRANSFORM A_USES PREPEND canopy_)
  target_link_libraries(${name} PRIVATE canopy_options ${A_USES} ${A_LIBRARIES})
  if(EMSCRIPTEN)
    set_target_properties(${name} PROPERTIES RUNTIME_OUTPUT_DIRECTORY ${CANOPY_TEST_DIR})
    target_link_options(${name} PRIVATE
      -sENVIRONMENT=node,worker -sPROXY_TO_PTHREAD -sEXIT_RUNTIME -sNODERAWFS -sPTHREAD_POOL_SIZE=4
      --profiling-funcs -O1)
  else()
    set_target_properties(${name} PROPERTIES RUNTIME_OUTPUT_DIRECTORY ${CMAKE_BINARY_DIR})
  endif()
endfunction()

# canopy_page(NAME SOURCES a.cpp ... USES folders ... LIBRARIES outside-libraries ... LINK options ...)
# The program of the page, in the web build: NAME.js and NAME.wasm in the site.
function(canopy_page name)
  cmake_parse_arguments(A "" "" "SOURCES;USES;LIBRARIES;LINK" ${ARGN})
  add_executable(page_${name} ${A_SOURCES})
  list(TRANSFORM A_USES PREPEND canopy_)
  target_link_libraries(page_${name} PRIVATE canopy_options ${A_USES} ${A_LIBRARIES})
  set_target_properties(page_${name} PROPERTIES
    OUTPUT_NAME ${name} RUNTIME_OUTPUT_DIRECTORY ${CMAKE_BINARY_DIR})
  target_link_options(page_${name} PRIVATE
    -sENVIRONMENT=web,worker -sPTHREAD_POOL_SIZE=8 -sMIN_WEBGL_VERSION=2 -sMAX_WEBGL_VERSION=2
    -sMODULARIZE --profiling-funcs ${A_LINK})
  add_dependencies(site page_${name})
endfunction()

# canopy_site(FOLDER FILES a b ...)   copies files as they are into FOLDER of the site
function(canopy_site folder)
  cmake_parse_arguments(A "" "" "FILES" ${ARGN})
  foreach(file ${A_FILES})
    file(REAL_PATH ${file} source)
    get_filename_component(base ${file} NAME)
    set(copy ${CMAKE_BINARY_DIR}/${folder}/${base})
    add_custom_command(OUTPUT ${copy} DEPENDS ${source}
      COMMAND ${CMAKE_COMMAND} -E make_directory ${CMAKE_BINARY_DIR}/${folder}
      COMMAND ${CMAKE_COMMAND} -E copy ${source} ${copy} VERBATIM)
    list(APPEND copies ${copy})
  endforeach()
  string(MAKE_C_IDENTIFIER "site_${CMAKE_CURRENT_SOURCE_DIR}_${folder}" target)
  add_custom_target(${target} DEPENDS ${copies})
  add_dependencies(site ${target})
endfunction()

# canopy_test(NAME [THREADS] SOURCES a.cpp ... USES folders ... LIBRARIES outside-libraries ...)
# One GoogleTest program for the folder tests/NAME, run in that folder. THREADS says that its tests start
# threads, and that they are to be run with the thread sanitizer as well. The targets tests and
# threaded_tests build them all.
add_custom_target(tests)
add_custom_target(threaded_tests)
function(canopy_test name)
  cmake_parse_arguments(A "THREADS" "" "SOURCES;USES;LIBRARIES" ${ARGN})
  canopy_program(test_${name} SOURCES ${A_SOURCES} USES ${A_USES} LIBRARIES ${A_LIBRARIES} canopy_gtest)
  set_target_properties(test_${name} PROPERTIES
    RUNTIME_OUTPUT_DIRECTORY ${CANOPY_TEST_DIR} CANOPY_SMALL_IMAGES ON)
  # What they test is optimised; of themselves, which are much of what there is to compile, little is.
  target_compile_options(test_${name} PRIVATE $<$<NOT:$<CONFIG:Debug>>:-O1>)
  add_dependencies(tests test_${name})
  add_test(NAME ${name} COMMAND test_${name} WORKING_DIRECTORY ${CMAKE_CURRENT_SOURCE_DIR})
  if(A_THREADS)
    set_tests_properties(${name} PROPERTIES LABELS threads)
    add_dependencies(threaded_tests test_${name})
  endif()
endfunction()

# canopy_fuzz(NAME SOURCES a.cpp ... USES folders ...)
# A libFuzzer program, in builds that are instrumented for it. The part fuzz runs it from the seeds in
# tests/fuzz/seeds/NAME and from the inputs that once broke it, in tests/fuzz/found/NAME.
add_custom_target(fuzzers)
function(canopy_fuzz name)
  if(NOT CANOPY_SANITIZE MATCHES fuzzer)
    return()
  endif()
  cmake_parse_arguments(A "" "" "SOURCES;USES;LIBRARIES" ${ARGN})
  canopy_program(fuzz_${name} SOURCES ${A_SOURCES} USES ${A_USES} LIBRARIES ${A_LIBRARIES})
  set_target_properties(fuzz_${name} PROPERTIES RUNTIME_OUTPUT_DIRECTORY ${CMAKE_BINARY_DIR}/fuzz)
  target_link_options(fuzz_${name} PRIVATE -fsanitize=fuzzer)
  add_dependencies(fuzzers fuzz_${name})
endfunction()

# canopy_bench(NAME SOURCES a.cpp ... USES folders ...)
# A Google Benchmark program, bench_NAME in the native build. It is built with the tests, to be run by a
# person.
function(canopy_bench name)
  if(EMSCRIPTEN OR CANOPY_SANITIZE)
    return()
  endif()
  cmake_parse_arguments(A "" "" "SOURCES;USES;LIBRARIES" ${ARGN})
  canopy_program(bench_${name} SOURCES ${A_SOURCES} USES ${A_USES} LIBRARIES ${A_LIBRARIES} canopy_benchmark)
  target_include_directories(bench_${name} PRIVATE ${CMAKE_SOURCE_DIR}/tests)
  add_dependencies(tests bench_${name})
endfunction()
