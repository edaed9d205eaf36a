#include "tree/extent_buffer.h"

namespace canopy {

u32 ExtentBuffer::lower_bound(const Key& key, bool& found) const {
  u32 low = 0;
  u32 high = nritems();
  found = false;
  while (low < high) {
    u32 middle = low + (high - low) / 2;
    auto order = this->key(middle) <=> key;
    if (order == 0) {
      found = true;
      return middle;
    }
    if (order < 0) {
      low = middle + 1;
    } else {
      high = middle;
    }
  }
  return low;
}

}  // namespace canopy
