# The outside libraries under one set of names, wherever they come from: Debian's -dev packages natively.

find_package(fmt REQUIRED)
find_package(GTest REQUIRED)
include(GoogleTest)
find_package(ZLIB REQUIRED)
find_package(PkgConfig REQUIRED)
pkg_check_modules(zstd REQUIRED IMPORTED_TARGET libzstd)
find_library(LZO_LIBRARY lzo2 REQUIRED)
find_library(TOMCRYPT_LIBRARY tomcrypt REQUIRED)

add_library(canopy_fmt INTERFACE)
target_link_libraries(canopy_fmt INTERFACE fmt::fmt-header-only)
add_library(canopy_gtest INTERFACE)
target_link_libraries(canopy_gtest INTERFACE GTest::gtest GTest::gtest_main)
add_library(canopy_zlib INTERFACE)
target_link_libraries(canopy_zlib INTERFACE ZLIB::ZLIB)
add_library(canopy_zstd INTERFACE)
target_link_libraries(canopy_zstd INTERFACE PkgConfig::zstd)
add_library(canopy_lzo INTERFACE)
target_link_libraries(canopy_lzo INTERFACE ${LZO_LIBRARY})
add_library(canopy_xxhash INTERFACE)   # header only: xxhash.h with XXH_INLINE_ALL
add_library(canopy_tomcrypt INTERFACE)
target_link_libraries(canopy_tomcrypt INTERFACE ${TOMCRYPT_LIBRARY})
