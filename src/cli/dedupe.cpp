// canopy dedupe: makes equal data extents one, in a new image.

#include <cstdio>

#include "cli/changed_image.h"
#include "cli/command_line.h"
#include "cli/images.h"
#include "cli/trace_file.h"
#include "dedupe/dedupe.h"
#include "files/subvolume.h"

namespace canopy {
namespace {

struct DedupeCommand {
  std::vector<std::string> images;
  std::vector<std::string> subvolumes;
  std::vector<std::string> outputs;
  std::string trace;
};

Result<int> run_dedupe(const DedupeCommand& command, Trace* trace) {
  Trace::Thread recording(trace, "dedupe");
  ChangedImages outputs = TRY(ChangedImages::prepare(command.images, command.outputs));
  auto filesystem = TRY(open_images_to_change(command.images, &outputs));
  const SubvolumeList list = TRY(SubvolumeList::read(filesystem->forest()));
  std::vector<u64> ids;
  for (const std::string& name : command.subvolumes)
    ids.push_back(TRY(list.resolve(name))->id);
  const DedupeReport report = TRY(deduplicate(*TRY(filesystem->writer()), ids));
  TRY(outputs.finish());
  fmt::print(
      "{} extents have the bytes of another; {} file extents of {} bytes changed in {} "
      "commits\n",
      report.extents, report.items, report.bytes, report.commits);
  return EXIT_DONE;
}

}  // namespace

void add_dedupe(CommandLine& line) {
  auto command = std::make_shared<DedupeCommand>();
  Command app = line.add("dedupe", "Let files share equal data extents, in a new image");
  add_images_and_subvolumes(app, command->images, command->subvolumes,
                            "Whose files: a path, or subvolid=N");
  add_partition_option(app);
  app.option("-o,--output", command->outputs, "Where to write the changed images")
      .called("IMAGE")
      .required();
  add_trace_option(app, command->trace);
  line.on_run(app, [command] {
    return run_traced(command->trace, command->images,
                      [&](Trace* trace) { return run_dedupe(*command, trace); });
  });
}

}  // namespace canopy
