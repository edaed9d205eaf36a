#version 300 es
// Blocks of the canvas: each instance is a rectangle in physical pixels, drawn as a strip of four
// vertices.
precision highp float;

uniform vec2 u_screen;  // in physical pixels; y goes down

layout(location = 0) in vec4 a_rect;  // x, y, width, height
layout(location = 1) in vec4 a_fill;
layout(location = 2) in vec4 a_edge;
layout(location = 3) in vec3 a_shape;  // rounding, width of the edge, pattern

out vec2 v_at;  // from the middle of the block
flat out vec2 v_half;
flat out vec4 v_fill;
flat out vec4 v_edge;
flat out vec3 v_shape;

void main() {
  vec2 corner = vec2(float(gl_VertexID & 1), float(gl_VertexID >> 1));
  v_half = a_rect.zw * 0.5;
  v_at = (corner - 0.5) * a_rect.zw;
  v_fill = a_fill;
  v_edge = a_edge;
  v_shape = a_shape;
  vec2 place = (a_rect.xy + corner * a_rect.zw) / u_screen;
  gl_Position = vec4(place.x * 2.0 - 1.0, 1.0 - place.y * 2.0, 0.0, 1.0);
}
