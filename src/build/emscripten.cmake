# The toolchain file of the web builds: Emscripten where web/setup put it.
file(REAL_PATH "${CMAKE_CURRENT_LIST_DIR}/../../.cache/emscripten/root" emscripten_root)
if(NOT EXISTS "${emscripten_root}/cmake/Modules/Platform/Emscripten.cmake")
  message(FATAL_ERROR "Emscripten is not set up: run web/setup")
endif()
include("${emscripten_root}/cmake/Modules/Platform/Emscripten.cmake")
