#version 300 es
// The map of the address space: each texel is a cell, how full it is and what it is (HeatCell of
// ui/heat_map.h). How full goes through a scale of colours that only gets lighter or darker, so that
// it is read without seeing hues; what else there is to say of a cell is a pattern.
precision highp float;
precision highp usampler2D;

uniform usampler2D u_cells;
uniform vec4 u_rect;
uniform float u_unit;
uniform vec3 u_ground;
uniform vec3 u_line;         // between block groups
uniform vec3 u_lit;          // around the group that is pointed at
uniform vec3 u_pinned;
uniform vec3 u_moving;
uniform vec3 u_scale[8];     // from empty to full

in vec2 v_part;

out vec4 o_color;

const uint is_mapped = 1u;
const uint is_odd = 2u;  // every other block group
const uint is_pinned = 4u;
const uint is_moving = 8u;
const uint is_fresh = 16u;
const uint is_lit = 32u;

vec3 scale_at(float amount) {
  float at = clamp(amount, 0.0, 1.0) * 7.0;
  int below = min(int(at), 6);
  return mix(u_scale[below], u_scale[below + 1], at - float(below));
}

float hatching(vec2 pixel, float step, float width) {
  return step * 0.5 - abs(mod(pixel.x + pixel.y, step) - step * 0.5) < width ? 1.0 : 0.0;
}

void main() {
  ivec2 size = textureSize(u_cells, 0);
  vec2 place = v_part * vec2(size);
  ivec2 cell = min(ivec2(place), size - 1);
  uvec2 texel = texelFetch(u_cells, cell, 0).rg;
  if ((texel.g & is_mapped) == 0u) {
    o_color = vec4(u_ground, 1.0);
    return;
  }
  vec2 pixel = v_part * u_rect.zw;
  vec3 color = scale_at(float(texel.r) / 255.0);
  if ((texel.g & is_moving) != 0u) color = mix(color, u_moving, hatching(pixel, 9.0 * u_unit, 1.0 * u_unit));
  if ((texel.g & is_pinned) != 0u) color = mix(color, u_pinned, hatching(pixel, 4.0 * u_unit, 1.0 * u_unit));
  vec2 cell_pixels = u_rect.zw / vec2(size);
  vec2 within = fract(place) * cell_pixels;
  // What was just moved here has a frame of its own.
  if ((texel.g & is_fresh) != 0u) {
    vec2 to_side = min(within, cell_pixels - within);
    if (min(to_side.x, to_side.y) < max(1.0, u_unit)) color = u_moving;
  }
  // A line where the neighbour on the left or above is of another group.
  ivec2 left = max(cell - ivec2(1, 0), ivec2(0));
  ivec2 above = max(cell - ivec2(0, 1), ivec2(0));
  uint differs_left = (texelFetch(u_cells, left, 0).g ^ texel.g) & (is_odd | is_mapped);
  uint differs_above = (texelFetch(u_cells, above, 0).g ^ texel.g) & (is_odd | is_mapped);
  bool on_line = (differs_left != 0u && within.x < u_unit) || (differs_above != 0u && within.y < u_unit);
  if (on_line) color = u_line;
  if ((texel.g & is_lit) != 0u) {
    bool ends_left = (texelFetch(u_cells, left, 0).g & is_lit) == 0u;
    bool ends_above = (texelFetch(u_cells, above, 0).g & is_lit) == 0u;
    ivec2 right = min(cell + ivec2(1, 0), size - 1);
    ivec2 below = min(cell + ivec2(0, 1), size - 1);
    bool ends_right = (texelFetch(u_cells, right, 0).g & is_lit) == 0u;
    bool ends_below = (texelFetch(u_cells, below, 0).g & is_lit) == 0u;
    float width = max(1.0, 1.5 * u_unit);
    if ((ends_left && within.x < width) || (ends_above && within.y < width) ||
        (ends_right && cell_pixels.x - within.x < width) || (ends_below && cell_pixels.y - within.y < width))
      color = u_lit;
  }
  o_color = vec4(color, 1.0);
}
