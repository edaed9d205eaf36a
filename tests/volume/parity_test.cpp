#include "volume/parity.h"

#include <gtest/gtest.h>

#include <vector>

#include "base/random.h"
#include "support/profile_model.h"

namespace canopy {
namespace {

std::vector<std::vector<u8>> random_columns(u32 data, u32 parity, std::size_t length) {
  Random random(data * 10 + parity);
  std::vector<std::vector<u8>> columns(data + parity, std::vector<u8>(length));
  for (auto& column : columns)
    for (u8& byte : column)
      byte = static_cast<u8>(random.next());
  return columns;
}

std::vector<MutableBytes> spans(std::vector<std::vector<u8>>& columns) {
  return {columns.begin(), columns.end()};
}

TEST(Parity, IsThatOfThePlainModel) {
  for (u32 parity : {1u, 2u})
    for (u32 data : {1u, 2u, 3u, 9u}) {
      auto columns = random_columns(data, parity, 100);
      auto model = columns;
      compute_parity(spans(columns), parity);
      // Row 0 of a chunk: the columns lie on the stripes in order.
      model_write_parity(parity == 1 ? BLOCK_GROUP_RAID5 : BLOCK_GROUP_RAID6, spans(model));
      EXPECT_EQ(columns, model) << data << "+" << parity;
    }
}

TEST(Parity, GivesBackEveryColumnAndEveryPair) {
  for (u32 parity : {1u, 2u})
    for (u32 data : {1u, 2u, 3u, 5u, 255u}) {
      auto whole = random_columns(data, parity, 50);
      compute_parity(spans(whole), parity);
      const u32 step = data > 100 ? 37 : 1;
      for (u32 a = 0; a < data + parity; a += step)
        for (u32 b = 0; b < data + parity; b += step) {
          if (parity == 1 && a != b) continue;
          auto damaged = whole;
          std::vector<u32> lost = {a};
          if (b != a) lost.push_back(b);
          for (u32 column : lost)
            damaged[column].assign(50, 0xee);
          rebuild_columns(spans(damaged), parity, lost);
          for (u32 column = 0; column < data; ++column)
            ASSERT_EQ(damaged[column], whole[column]) << a << " and " << b << " of " << data;
        }
    }
}

}  // namespace
}  // namespace canopy
