#version 300 es
// The map of the address space: one rectangle.
precision highp float;

uniform vec2 u_screen;
uniform vec4 u_rect;  // x, y, width, height in physical pixels

out vec2 v_part;  // of the rectangle, 0 to 1, y going down

void main() {
  v_part = vec2(float(gl_VertexID & 1), float(gl_VertexID >> 1));
  vec2 place = (u_rect.xy + v_part * u_rect.zw) / u_screen;
  gl_Position = vec4(place.x * 2.0 - 1.0, 1.0 - place.y * 2.0, 0.0, 1.0);
}
