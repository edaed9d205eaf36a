// Something that is looked at and takes a while to find out: there at once if it is known,
// otherwise made on a thread and there later. Only one is kept, the last that was asked for;
// whoever asks for another one gives up the one before.
//
// One thread asks.
#pragma once

#include <atomic>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>

#include "session/loader.h"

namespace canopy {

template <typename Key, typename Value>
class Lookup {
 public:
  // Called on the thread; `dropped` becomes true when nobody waits for it any more.
  using Make = std::function<Value(const Key& key, const std::atomic<bool>& dropped)>;

  // `changed` is called by the thread when a value is there.
  Lookup(Make make, std::function<void()> changed)
      : make_(std::move(make)), changed_(std::move(changed)) {}
  ~Lookup() { drop(); }
  Lookup(const Lookup&) = delete;
  Lookup& operator=(const Lookup&) = delete;

  // nullptr while it is being made.
  std::shared_ptr<const Value> find(const Key& key) {
    if (asked_ != nullptr && asked_->key == key) {
      std::lock_guard lock(asked_->mutex);
      return asked_->value;
    }
    drop();
    asked_ = std::make_shared<Asked>(key);
    if (loader_ == nullptr) loader_ = std::make_unique<Loader>(1);
    loader_->ask([asked = asked_, make = make_, changed = changed_] {
      if (asked->dropped) return;
      auto value = std::make_shared<const Value>(make(asked->key, asked->dropped));
      if (asked->dropped) return;
      {
        std::lock_guard lock(asked->mutex);
        asked->value = std::move(value);
      }
      changed();
    });
    return nullptr;
  }
  // Nobody waits for what was asked for last, and it is not kept.
  void drop() {
    if (asked_ != nullptr) asked_->dropped = true;
    asked_ = nullptr;
  }

 private:
  struct Asked {
    explicit Asked(const Key& asked_key) : key(asked_key) {}
    const Key key;
    std::atomic<bool> dropped{false};
    std::mutex mutex;  // of what follows
    std::shared_ptr<const Value> value;
  };

  Make make_;
  std::function<void()> changed_;
  std::shared_ptr<Asked> asked_;
  std::unique_ptr<Loader> loader_;
};

}  // namespace canopy
