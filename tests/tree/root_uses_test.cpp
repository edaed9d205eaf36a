#include "tree/root_uses.h"

#include <gtest/gtest.h>

namespace canopy {
namespace {

using By = RootUses::By;

TEST(RootUses, SendAndDeduplicationExcludeEachOtherOnARoot) {
  RootUses uses;
  {
    auto send = uses.begin(By::send, {256, 257, 257});
    ASSERT_TRUE(send.ok());
    EXPECT_EQ(uses.begin(By::dedupe, {257}).error().code(), Code::would_block);
    EXPECT_TRUE(uses.begin(By::dedupe, {258}).ok());
    EXPECT_TRUE(uses.begin(By::send, {257}).ok());
    EXPECT_EQ(uses.sends(), 1u);
  }
  EXPECT_EQ(uses.sends(), 0u);
  auto dedupe = uses.begin(By::dedupe, {257});
  ASSERT_TRUE(dedupe.ok());
  const auto refused = uses.begin(By::send, {256, 257});
  ASSERT_FALSE(refused.ok());
  EXPECT_EQ(refused.error().code(), Code::would_block);
  EXPECT_STREQ(refused.error().kernel_errno(), "EAGAIN");
  EXPECT_TRUE(uses.begin(By::dedupe, {257}).ok());
  // Nothing of what was refused is left behind.
  EXPECT_TRUE(uses.begin(By::dedupe, {256}).ok());
}

TEST(RootUses, AUseEndsOnceWhenItWasMoved) {
  RootUses uses;
  auto begun = uses.begin(By::send, {256});
  RootUses::Use use = std::move(begun).value();
  {
    const RootUses::Use moved = std::move(use);
    EXPECT_EQ(uses.sends(), 1u);
  }
  EXPECT_EQ(uses.sends(), 0u);
  use = RootUses::Use();
  EXPECT_EQ(uses.sends(), 0u);
}

}  // namespace
}  // namespace canopy
