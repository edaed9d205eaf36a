// How ImGui is compiled and used here; stands in for the imconfig.h that comes with it.
#pragma once

#define IMGUI_DISABLE_OBSOLETE_FUNCTIONS
#define IMGUI_DEFINE_MATH_OPERATORS
// Fonts are rasterized by FreeType, which hints them.
#define IMGUI_ENABLE_FREETYPE
#define IMGUI_IMPL_OPENGL_ES3
// WebGL cannot draw from a base vertex, so one window's vertices must fit the index.
#define ImDrawIdx unsigned int
// Code points beyond 16 bits, which file names may hold.
#define IMGUI_USE_WCHAR32
