# How every target of the project is compiled and linked.

set(CANOPY_SANITIZE "" CACHE STRING "Sanitizers of a native build with Clang, as -fsanitize takes them")

# The cache of compiled objects is shared between checkouts, so paths go into it relative to their
# own. Emscripten calls ccache by itself (web/toolchain/parts.sh) and only needs the settings.
find_program(CCACHE ccache)
if(CCACHE)
  set(launcher env CCACHE_BASEDIR=${CMAKE_SOURCE_DIR} CCACHE_NOHASHDIR=1)
  if(NOT EMSCRIPTEN)
    list(APPEND launcher ${CCACHE})
  endif()
  set(CMAKE_C_COMPILER_LAUNCHER ${launcher})
  set(CMAKE_CXX_COMPILER_LAUNCHER ${launcher})
endif()

add_library(canopy_options INTERFACE)
target_compile_options(canopy_options INTERFACE
  -pthread -fno-exceptions -fno-rtti -Wall -Wextra -Werror -Wconversion -Wshadow -Wnon-virtual-dtor
  -Woverloaded-virtual -Wcast-qual -Wformat=2 -Wimplicit-fallthrough
  # The standard library of GCC 12 uses in stable_sort what it declares deprecated itself.
  $<$<CXX_COMPILER_ID:Clang>:-Wno-deprecated-declarations>)
target_link_options(canopy_options INTERFACE -pthread)

if(CANOPY_SANITIZE)
  # vptr looks at the type information that only the command line is compiled with.
  set(sanitize -fsanitize=${CANOPY_SANITIZE} -fno-sanitize=vptr -fno-sanitize-recover=all
               -fno-omit-frame-pointer)
  target_compile_options(canopy_options INTERFACE ${sanitize})
  target_compile_definitions(canopy_options INTERFACE _GLIBCXX_ASSERTIONS)
  target_link_options(canopy_options INTERFACE ${sanitize})
endif()

if(EMSCRIPTEN)
  # A size has 32 bits there. What ships says where an address becomes one (to_size); tests, whose
  # images are small, need not.
  target_compile_options(canopy_options INTERFACE -msimd128
    $<$<BOOL:$<TARGET_PROPERTY:CANOPY_SMALL_IMAGES>>:-Wno-shorten-64-to-32>)
  # Only mimalloc scales over threads. The stack of a thread is 64 KiB unless told otherwise.
  target_link_options(canopy_options INTERFACE
    -sALLOW_MEMORY_GROWTH -sINITIAL_MEMORY=64MB -sMAXIMUM_MEMORY=4GB -sMALLOC=mimalloc
    -sSTACK_SIZE=1MB -sDEFAULT_PTHREAD_STACK_SIZE=1MB -Wno-pthreads-mem-growth)
endif()
