#include "web/script_values.h"

#include "base/json.h"
#include "ui/text.h"
#include "volume/chunk_map.h"

namespace canopy {

namespace {

void put_uuid(JsonWriter& json, std::string_view name, const u8* uuid) {
  json.key(name);
  const std::string text = ui::uuid_text(uuid);
  if (text == "none") {
    json.null();
  } else {
    json.string(text);
  }
}

void put_subvolumes(JsonWriter& json, const SubvolumeList& subvolumes) {
  json.begin_array();
  for (const Subvolume& subvolume : subvolumes.all()) {
    const RootItem& item = subvolume.item;
    json.begin_object();
    json.key("id").number(subvolume.id).key("path").string(subvolume.path);
    json.key("name").string(subvolume.display_name());
    json.key("parentId").number(subvolume.parent_id);
    json.key("generation").number(item.generation);
    json.key("creationGeneration").number(subvolume.creation_transid());
    json.key("created").real(static_cast<double>(static_cast<i64>(item.otime.sec.value())));
    json.key("readOnly").boolean(subvolume.is_read_only());
    json.key("snapshot").boolean(subvolume.is_snapshot());
    json.key("deleted").boolean(subvolume.deleted);
    put_uuid(json, "uuid", item.uuid);
    put_uuid(json, "parentUuid", item.parent_uuid);
    put_uuid(json, "receivedUuid", item.received_uuid);
    json.end_object();
  }
  json.end_array();
}

void put_seconds_left(JsonWriter& json, const std::optional<double>& seconds) {
  json.key("secondsLeft");
  if (seconds) {
    json.real(*seconds);
  } else {
    json.null();
  }
}

const char* state_word(JobState state) {
  switch (state) {
    case JobState::running:
      return "running";
    case JobState::paused:
      return "paused";
    case JobState::cancelled:
      return "cancelled";
    case JobState::failed:
      return "failed";
    case JobState::done:
      return "done";
  }
  return "";
}

}  // namespace

std::string summary_json(const Session& session) {
  const ImageSummary& summary = session.summary();
  JsonWriter json;
  json.begin_object().key("kind").string("image");
  json.key("label").string(summary.label);
  put_uuid(json, "uuid", summary.fsid.data());
  json.key("generation").number(summary.generation);
  json.key("nodesize").number(summary.nodesize).key("sectorsize").number(summary.sectorsize);
  json.key("checksum").string(summary.checksum);
  json.key("totalBytes").number(summary.total_bytes).key("usedBytes").number(summary.used_bytes);
  json.key("wrapped").boolean(session.opening().is_wrapped);
  json.key("devices").begin_array();
  for (const DeviceSummary& device : summary.devices) {
    json.begin_object().key("id").number(device.devid).key("name").string(device.name);
    json.key("size").number(device.size_bytes).end_object();
  }
  json.end_array();
  json.key("subvolumes");
  put_subvolumes(json, summary.subvolumes);
  json.key("warnings").begin_array();
  for (const std::string& warning : summary.warnings)
    json.string(warning);
  json.end_array().end_object();
  return json.text();
}

std::string subvolumes_json(const SubvolumeList& subvolumes) {
  JsonWriter json;
  put_subvolumes(json, subvolumes);
  return json.text();
}

std::string repairs_json(const Repairs& repairs) {
  JsonWriter json;
  json.begin_object().key("count").number(repairs.count()).key("copies").begin_array();
  for (const BadCopy& copy : repairs.copies()) {
    json.begin_object().key("kind").string(copy.is_data ? "data" : "tree block");
    json.key("address").number(copy.address).key("bytes").number(copy.length);
    json.key("mirror").number(copy.mirror).key("device").number(copy.devid);
    json.key("physical").number(copy.physical).key("reason").string(copy.reason).end_object();
  }
  json.end_array().end_object();
  return json.text();
}

std::string stream_json(const ui::StreamEntry& entry) {
  const auto seen = entry.view->snapshot();
  const StreamFindings& findings = seen->findings;
  const CommandIndex::Counts counts = entry.view->index().counts();
  JsonWriter json;
  json.begin_object().key("kind").string("stream").key("name").string(entry.name);
  json.key("problem").string(seen->state == StreamViewSnapshot::State::cancelled ? "cancelled"
                                                                                 : seen->problem);
  json.key("whole").boolean(seen->is_whole()).key("bytes").number(seen->bytes);
  json.key("packed").boolean(seen->is_packed);
  json.key("version").number(entry.view->index().version());
  json.key("streams").number(findings.streams);
  json.key("dataBytes").number(findings.data_bytes);
  json.key("subvolumes").begin_array();
  for (const StreamSubvolume& made : findings.subvolumes) {
    json.begin_object().key("path").string(made.path).key("command").number(made.command);
    json.key("version").number(made.version);
    put_uuid(json, "uuid", made.uuid.data());
    json.key("ctransid").number(made.ctransid);
    if (made.parent) {
      put_uuid(json, "parentUuid", made.parent->uuid.data());
      json.key("parentCtransid").number(made.parent->ctransid);
    }
    json.end_object();
  }
  json.end_array().key("commands").number(entry.view->index().count());
  json.key("commandsByKind").begin_object();
  for (u16 kind = 0; kind < send_command_count; kind++) {
    if (counts[kind] == 0) continue;
    json.key(kind == 0 ? "unknown" : command_info(static_cast<SendCommand>(kind)).name);
    json.number(counts[kind]);
  }
  json.end_object().key("damages").begin_array();
  for (const StreamDamage& damage : findings.damages) {
    json.begin_object().key("command").number(damage.command).key("offset").number(damage.offset);
    json.key("reason").string(damage.reason).end_object();
  }
  json.end_array();
  if (findings.lost_at) json.key("lostAt").number(*findings.lost_at);
  json.end_object();
  return json.text();
}

std::string send_progress_json(const SendJobSnapshot& snapshot) {
  JsonWriter json;
  json.begin_object().key("state").string(state_word(snapshot.state));
  json.key("bytes").number(snapshot.bytes).key("commands").number(snapshot.commands);
  json.key("fraction").real(snapshot.fraction).key("seconds").real(snapshot.seconds);
  json.key("restarts").number(snapshot.restarts);
  put_seconds_left(json, snapshot.seconds_left);
  json.key("totalBytes");
  if (snapshot.total_bytes) {
    json.number(*snapshot.total_bytes);
  } else {
    json.null();
  }
  json.end_object();
  return json.text();
}

std::string send_result_json(const SendJobSnapshot& snapshot, const ui::SendEntry& entry) {
  JsonWriter json;
  json.begin_object();
  if (entry.is_kept) json.key("file").number(static_cast<u64>(entry.file));
  json.key("bytes").number(snapshot.bytes);
  json.key("commands").number(snapshot.commands);
  if (!snapshot.sha256.empty()) json.key("sha256").string(snapshot.sha256);
  json.key("restarts").number(snapshot.restarts);
  json.end_object();
  return json.text();
}

std::string balance_progress_json(const BalanceJobSnapshot& snapshot) {
  JsonWriter json;
  json.begin_object().key("state").string(state_word(snapshot.state));
  json.key("chunks").number(snapshot.chunks_expected);
  json.key("relocated").number(snapshot.chunks_relocated);
  json.key("noSpace").number(snapshot.chunks_without_space);
  json.key("currentGroup").number(snapshot.current_group);
  json.key("dataBytes").number(snapshot.data_bytes_moved);
  json.key("extents").number(snapshot.extents_moved).key("commits").number(snapshot.commits);
  json.key("fraction").real(snapshot.fraction).key("seconds").real(snapshot.seconds);
  put_seconds_left(json, snapshot.seconds_left);
  json.end_object();
  return json.text();
}

std::string balance_result_json(const BalanceJob& job) {
  const BalanceJobSnapshot snapshot = job.snapshot();
  const std::optional<BalancePlan> plan = job.plan();
  JsonWriter json;
  json.begin_object().key("dryRun").boolean(snapshot.dry_run);
  json.key("considered").number(plan ? plan->considered : 0);
  json.key("expected").number(snapshot.chunks_expected);
  json.key("relocated").number(snapshot.chunks_relocated);
  json.key("noSpace").number(snapshot.chunks_without_space);
  json.key("rounds").number(snapshot.rounds);
  json.key("commits").number(snapshot.commits).key("extents").number(snapshot.extents_moved);
  json.key("dataBytes").number(snapshot.data_bytes_moved);
  json.key("seconds").real(snapshot.seconds).key("chunks").begin_array();
  for (const BalancedChunk& chunk : job.chunks()) {
    json.begin_object().key("logical").number(chunk.logical).key("length").number(chunk.length);
    json.key("used").number(chunk.used);
    json.key("kind").string(block_group_flags_text(chunk.flags));
    const bool moved = chunk.verdict == ChunkVerdict::relocated;
    json.key("verdict").string(snapshot.dry_run ? "would move" : moved ? "relocated" : "no space");
    if (!chunk.problem.empty()) json.key("problem").string(chunk.problem);
    json.end_object();
  }
  json.end_array().key("rooms").begin_array();
  for (const PlannedRoom& room : plan ? plan->rooms : std::vector<PlannedRoom>()) {
    json.begin_object().key("kind").string(block_group_flags_text(room.flags));
    json.key("toMove").number(room.to_move).key("free").number(room.free);
    json.key("newChunks").number(room.new_chunks);
    json.key("verdict").string(room_verdict_text(room.verdict())).end_object();
  }
  json.end_array();
  if (plan && plan->is_paused_by_kernel) json.key("warning").string(PAUSED_BALANCE_WARNING);
  json.end_object();
  return json.text();
}

namespace {

const char* state_word(StepSnapshot::State state) {
  switch (state) {
    case StepSnapshot::State::preparing:
      return "preparing";
    case StepSnapshot::State::moving:
      return "moving";
    case StepSnapshot::State::standing:
      return "standing";
    case StepSnapshot::State::ended:
      return "ended";
    case StepSnapshot::State::failed:
      return "failed";
  }
  return "";
}

void put_threads(JsonWriter& json, const std::vector<Scheduler::Standing>& threads) {
  json.key("threads").begin_array();
  for (const Scheduler::Standing& thread : threads) {
    json.begin_object().key("name").string(thread.name).key("at").string(point_name(thread.at));
    json.key("waitsFor").string(thread.waits_for).key("canMove").boolean(thread.can_move);
    json.key("finished").boolean(thread.finished).end_object();
  }
  json.end_array();
}

void put_transactions(JsonWriter& json, const std::vector<ControlledCommit>& commits) {
  json.key("transactions").begin_array();
  for (const ControlledCommit& commit : commits) {
    json.begin_object().key("transid").number(commit.transid).key("thread").string(commit.thread);
    json.key("step").number(commit.step).key("moved").number(commit.moved);
    json.key("held").number(commit.held).key("pinnedBytes").number(commit.pinned_bytes);
    json.key("released").boolean(commit.released).key("restarts").number(commit.restarts);
    json.end_object();
  }
  json.end_array();
}

}  // namespace

std::string step_snapshot_json(const StepSnapshot& snapshot) {
  const ControlledSnapshot& run = snapshot.run;
  JsonWriter json;
  json.begin_object().key("state").string(state_word(snapshot.state));
  json.key("steps").number(run.steps).key("stopped").string(run.stopped);
  json.key("commits").number(run.commits).key("restarts").number(run.restarts);
  json.key("verdict").string(step_verdict_name(snapshot.verdict));
  json.key("problem").string(run.problem);
  json.key("bytes").number(snapshot.bytes).key("sha256").string(snapshot.sha256);
  json.key("aloneBytes").number(snapshot.alone_bytes);
  json.key("aloneSha256").string(snapshot.alone_sha256);
  json.key("without").string(snapshot.settings.protections.left_out());
  json.key("rules").string(rules_name(snapshot.settings.rules));
  put_threads(json, run.threads);
  json.key("movedBlocks").begin_array();
  for (const u64 block : run.moved_blocks)
    json.number(block);
  json.end_array();
  put_transactions(json, run.transactions);
  json.key("refused").begin_array();
  for (const std::string& refused : run.outcome.refused)
    json.string(refused);
  json.end_array().end_object();
  return json.text();
}

std::string image_json(const std::vector<ImagePieces>& devices) {
  JsonWriter json;
  json.begin_array();
  for (const ImagePieces& device : devices) {
    json.begin_object().key("name").string(device.name).key("size").number(device.size_bytes);
    json.key("runs").begin_array();
    for (const ImageRun& run : device.runs) {
      json.begin_array().number(run.offset).number(run.length).number(run.at).end_array();
    }
    json.end_array().end_object();
  }
  json.end_array();
  return json.text();
}

}  // namespace canopy
