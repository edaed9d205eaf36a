#version 300 es
// Edges of the canvas: smooth on both sides, dashed where that is asked for.
precision highp float;

in float v_side;
flat in float v_half;
in float v_along;
flat in float v_dash;
flat in vec4 v_color;

out vec4 o_color;

void main() {
  float covered = clamp(v_half + 0.5 - abs(v_side), 0.0, 1.0);
  if (v_dash > 0.0 && mod(v_along, v_dash * 2.0) > v_dash) covered = 0.0;
  o_color = vec4(v_color.rgb, v_color.a * covered);
}
