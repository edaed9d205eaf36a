#version 300 es
// Edges of the canvas: each instance leads from one place to another, as a strip along a curve. An
// edge without a bend leaves and arrives upright, as from a node to its child; one with a bend is an
// arc that rises by so many pixels.
precision highp float;

uniform vec2 u_screen;
uniform float u_segments;

layout(location = 0) in vec4 a_ends;  // x, y of both, in physical pixels
layout(location = 1) in vec4 a_color;
layout(location = 2) in vec3 a_shape;  // width, bend, length of a dash or 0

out float v_side;    // pixels from the middle of the line
flat out float v_half;
out float v_along;   // pixels from its beginning, about
flat out float v_dash;
flat out vec4 v_color;

vec2 place_at(float part) {
  vec2 straight = mix(a_ends.xy, a_ends.zw, part);
  if (a_shape.y != 0.0) return straight - vec2(0.0, a_shape.y * 4.0 * part * (1.0 - part));
  return vec2(mix(a_ends.x, a_ends.z, smoothstep(0.0, 1.0, part)), straight.y);
}

void main() {
  float part = float(gl_VertexID >> 1) / u_segments;
  float side = (gl_VertexID & 1) == 0 ? -1.0 : 1.0;
  vec2 place = place_at(part);
  vec2 direction = place_at(min(part + 0.01, 1.0)) - place_at(max(part - 0.01, 0.0));
  float size = length(direction);
  vec2 normal = size > 0.0 ? vec2(-direction.y, direction.x) / size : vec2(1.0, 0.0);
  v_half = a_shape.x * 0.5;
  v_side = side * (v_half + 1.0);
  v_along = part * (length(a_ends.zw - a_ends.xy) + abs(a_shape.y));
  v_dash = a_shape.z;
  v_color = a_color;
  place = (place + normal * v_side) / u_screen;
  gl_Position = vec4(place.x * 2.0 - 1.0, 1.0 - place.y * 2.0, 0.0, 1.0);
}
