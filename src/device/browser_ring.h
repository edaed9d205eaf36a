// How a thread of ours asks a worker of the page to do I/O that only JavaScript can do: slots in
// shared memory that both sides know.
//
//   thread                                        worker
//   claim a free slot (free -> filling)
//   fill it, asked, ring the bell       ------>   take it (asked -> taken)
//   do something else, or wait                    do it, fill the answer, free the slot
//   for the answer                      <------   answer done, notify
//
// The answer lies where the thread wants it, so a slot is in use only while the worker has
// something to do with it. The worker sleeps on the bell. To hand it a message (a new File), the
// page counts `attention` up and rings before it posts, so that the worker returns to its event
// loop. web/ring.js is the other side; the layouts must agree.
#pragma once

#include <atomic>
#include <string>

#include "base/types.h"

namespace canopy {

// What came of a request. Must stay where it is until done.
struct alignas(8) BrowserAnswer {
  std::atomic<i32> done{0};
  i32 result = 0;          // bytes moved, or a negative number
  char problem[120] = {};  // what the browser said, UTF-8, with a NUL, if the result is negative
};
static_assert(sizeof(BrowserAnswer) == 128);

struct BrowserRequest {
  i32 operation = 0;  // what it means is between the two sides: web/read-worker.js, write-worker.js
  i32 file = 0;       // a number that the page gave out
  u64 offset = 0;     // up to 2^53
  MutableBytes bytes;  // to be filled or written; must stay until the answer is done
};

struct alignas(64) BrowserSlot {
  enum State : i32 { free = 0, filling = 1, asked = 2, taken = 3 };

  std::atomic<i32> state{free};
  i32 operation = 0;
  i32 file = 0;
  u32 length = 0;
  double offset = 0;
  u32 address = 0;
  u32 answer = 0;
};
static_assert(sizeof(BrowserSlot) == 64);

struct alignas(64) BrowserRing {
  static constexpr u32 slot_count = 48;

  std::atomic<i32> bell{0};
  std::atomic<i32> attention{0};
  BrowserSlot slots[slot_count];

  // Hands a request to the worker; waits only where all slots are taken. Not for the browser's
  // main thread, which must not wait.
  void ask(const BrowserRequest& request, BrowserAnswer& answer);
  // Waits for an answer. Any number of threads may wait for the same one.
  static void wait(BrowserAnswer& answer);

 private:
  BrowserSlot& claim();
};
static_assert(sizeof(BrowserRing) == 64 + BrowserRing::slot_count * 64);

}  // namespace canopy
