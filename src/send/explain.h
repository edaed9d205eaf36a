// The commands of a stream as text, each with what led to it (provenance.h): the line that
// `receive --dump` prints, and behind it the rule, the item and its change.
//
//   mkfile ./s/o257-8-0    # A new inode is created: new (257 INODE_ITEM 0), tree 258, leaf
//   30408704 slot 3
#pragma once

#include <string>

#include "send/provenance.h"
#include "stream/dump.h"
#include "stream/reader.h"
#include "stream/sink.h"

namespace canopy {

// "new (257 INODE_ITEM 0), tree 258, leaf 30408704 slot 3"; empty where there is no item.
std::string cause_text(const ItemCause& cause);

// To be both the sink and the observer of a send. The stream itself goes nowhere else.
class StreamExplainer final : public Sink, public CommandObserver {
 public:
  // `text` is borrowed. `headerless_version`: of a stream without its header; 0 if it has one.
  StreamExplainer(Sink& text, u32 headerless_version);

  // Errors: those of `text`, one command later, and of a command that cannot be printed.
  Result<void> write(std::span<const Bytes> pieces) override;
  void command_written(const CommandOrigin& origin) override;
  // What went wrong, if something did.
  Result<void> finish() const { return outcome_; }

 private:
  Result<void> explain(const CommandOrigin& origin);

  Sink& text_;
  Reader with_header_;
  Reader without_header_;
  Reader& reader_;
  StreamDump dump_;
  std::vector<u8> command_;  // what was written since the last command was explained
  std::string line_;
  Result<void> outcome_;
};

}  // namespace canopy
