#include "send/send.h"

#include "send/changes.h"
#include "send/commands.h"
#include "send/request_check.h"
#include "send/tree_compare.h"

namespace canopy {
namespace {

// The highest inode number, for the estimate of progress.
Result<u64> highest_inode(const RootReader& root) {
  Path path;
  if (!TRY(root.search_at_or_before({LAST_FREE_OBJECTID, INODE_ITEM_KEY, 0}, path))) {
    return FIRST_FREE_OBJECTID;
  }
  return path.key().objectid;
}

Result<void> write_stream(SendContext& context) {
  ChangeHandler handler(context);
  if (!context.flags.omit_stream_header) TRY(context.writer.write_stream_header());
  TRY(send_subvolume_begin(context));
  if (context.incremental()) {
    TRY(compare_roots(context, handler));
  } else {
    TRY(walk_send_root(context, handler));
  }
  TRY(handler.finish());
  if (!context.flags.omit_end_command) TRY(send_end(context));
  return {};
}

}  // namespace

Result<SendSummary> send_subvolume(Filesystem& filesystem, const SendRequest& request, Sink& sink,
                                   SendProgress* progress, CommandObserver* observer) {
  CommittedForest& forest = filesystem.forest();
  if (forest.cache().losses() != nullptr)
    return error(Code::unsupported,
                 "a filesystem that was opened for rescue cannot be sent: what is lost would be "
                 "missing from the stream without a trace");
  if (!filesystem.volume().has_data() && !request.flags.no_data && !request.zeros_for_data)
    return error(Code::unsupported,
                 "a dump of btrfs-image has no data: only what changed can be sent (--no-data)");
  RequestedRoots roots = TRY(check_request(forest, request));
  std::vector<u64> used = {roots.send_root->objectid()};
  if (roots.parent_root != nullptr) used.push_back(roots.parent_root->objectid());
  for (const RootReader* root : roots.clone_roots)
    used.push_back(root->objectid());
  const RootUses::Use use = TRY(forest.root_uses().begin(RootUses::By::send, std::move(used)));
  Writer writer(roots.protocol, sink);
  SendContext context{.filesystem = filesystem,
                      .send_root = *roots.send_root,
                      .parent_root = roots.parent_root,
                      .clone_roots = roots.clone_roots,
                      .flags = request.flags,
                      .zeros_for_data = request.zeros_for_data,
                      .sectorsize = filesystem.cache().format().sectorsize,
                      .nodesize = filesystem.cache().format().nodesize,
                      .writer = writer,
                      .progress = progress,
                      .observer = observer};
  if (progress != nullptr) context.highest_ino = TRY(highest_inode(*roots.send_root));
  TRY(write_stream(context));
  if (progress != nullptr) progress->millionths.store(1'000'000, std::memory_order_relaxed);
  return SendSummary{roots.protocol, writer.offset(), writer.command_count()};
}

Result<SendSummary> measure_send(Filesystem& filesystem, const SendRequest& request,
                                 SendProgress* progress, CommandObserver* observer) {
  SendRequest measured = request;
  measured.zeros_for_data = true;
  NoSink sink;
  return send_subvolume(filesystem, measured, sink, progress, observer);
}

}  // namespace canopy
