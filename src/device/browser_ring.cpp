#include "device/browser_ring.h"

#include <emscripten/threading.h>

#include "base/check.h"

namespace canopy {

namespace {

// The futex of WebAssembly works on plain integers.
i32* word(std::atomic<i32>& value) {
  static_assert(sizeof(std::atomic<i32>) == sizeof(i32));
  return reinterpret_cast<i32*>(&value);
}

void notify(std::atomic<i32>& value) {
  __builtin_wasm_memory_atomic_notify(word(value), static_cast<u32>(-1));
}

}  // namespace

BrowserSlot& BrowserRing::claim() {
  CHECK(!emscripten_is_main_browser_thread());
  for (;;) {
    const i32 seen = bell.load();
    for (BrowserSlot& slot : slots) {
      i32 expected = BrowserSlot::free;
      if (slot.state.compare_exchange_strong(expected, BrowserSlot::filling)) return slot;
    }
    // All are in use: one that becomes free rings too. The time is in nanoseconds.
    __builtin_wasm_memory_atomic_wait32(word(bell), seen, 100'000'000);
  }
}

void BrowserRing::ask(const BrowserRequest& request, BrowserAnswer& answer) {
  BrowserSlot& slot = claim();
  answer.done.store(0);
  slot.operation = request.operation;
  slot.file = request.file;
  slot.offset = static_cast<double>(request.offset);
  slot.length = static_cast<u32>(request.bytes.size());
  slot.address = static_cast<u32>(reinterpret_cast<std::uintptr_t>(request.bytes.data()));
  slot.answer = static_cast<u32>(reinterpret_cast<std::uintptr_t>(&answer));
  slot.state.store(BrowserSlot::asked);
  bell.fetch_add(1);
  notify(bell);
}

void BrowserRing::wait(BrowserAnswer& answer) {
  CHECK(!emscripten_is_main_browser_thread());
  while (answer.done.load() == 0) {
    __builtin_wasm_memory_atomic_wait32(word(answer.done), 0, -1);
  }
}

}  // namespace canopy
