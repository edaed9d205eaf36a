#version 300 es
// Blocks of the canvas: filled, with round corners, an edge, and a pattern that says without colour
// what kind of block it is (CanvasPattern of ui/canvas_painter.h).
precision highp float;

uniform float u_unit;  // physical pixels to a CSS pixel

in vec2 v_at;
flat in vec2 v_half;
flat in vec4 v_fill;
flat in vec4 v_edge;
flat in vec3 v_shape;

out vec4 o_color;

// How far outside of the rounded rectangle; negative within.
float distance_to_block(vec2 at, vec2 half_size, float rounding) {
  vec2 beyond = abs(at) - half_size + rounding;
  return length(max(beyond, 0.0)) + min(max(beyond.x, beyond.y), 0.0) - rounding;
}

// Lines under 45 degrees, `step` apart; 1 on a line.
float lines(float along, float step, float width) {
  float at = abs(mod(along, step) - step * 0.5);
  return 1.0 - smoothstep(width * 0.5 - 0.5, width * 0.5 + 0.5, at);
}

float pattern(int kind, vec2 at) {
  float unit = u_unit;
  if (kind == 1) return lines((at.x + at.y) * 0.7071, 6.0 * unit, 1.5 * unit);  // hatched
  if (kind == 2)                                                                // crossed
    return max(lines((at.x + at.y) * 0.7071, 6.0 * unit, 1.2 * unit),
               lines((at.x - at.y) * 0.7071, 6.0 * unit, 1.2 * unit));
  if (kind == 3) {  // a corner is cut
    vec2 from_corner = vec2(v_half.x - at.x, at.y + v_half.y);
    float size = min(7.0 * unit, v_half.x);
    return 1.0 - smoothstep(size - 0.5, size + 0.5, from_corner.x + from_corner.y);
  }
  if (kind == 4) return lines(at.x, 4.0 * unit, 1.0 * unit);  // upright lines
  return 0.0;
}

void main() {
  float rounding = min(v_shape.x, min(v_half.x, v_half.y));
  float outside = distance_to_block(v_at, v_half, rounding);
  // Straight sides lie on pixels and stay sharp; only corners are smoothed.
  float covered = rounding > 0.0 ? clamp(0.5 - outside, 0.0, 1.0) : 1.0;
  vec4 color = v_fill;
  int kind = int(v_shape.z + 0.5);
  if (kind > 0) color = mix(color, vec4(v_edge.rgb, max(color.a, v_edge.a)), pattern(kind, v_at) * v_edge.a);
  if (v_shape.y > 0.0) {
    float edge = clamp(outside + v_shape.y + 0.5, 0.0, 1.0);
    color = mix(color, v_edge, edge);
  }
  o_color = vec4(color.rgb, color.a * covered);
}
