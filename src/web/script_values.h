// The values that the script interface gives (web/script.js), as JSON.
#pragma once

#include <string>

#include "session/session.h"
#include "ui/app.h"

namespace canopy {

// `wrapped`: the files given are not the devices themselves, but hold them.
std::string summary_json(const Session& session);
std::string subvolumes_json(const SubvolumeList& subvolumes);
std::string repairs_json(const Repairs& repairs);
std::string send_progress_json(const SendJobSnapshot& snapshot);
std::string send_result_json(const SendJobSnapshot& snapshot, const ui::SendEntry& entry);
// Of a stream that was opened: what it makes, its commands, what is wrong with it.
std::string stream_json(const ui::StreamEntry& entry);
std::string balance_progress_json(const BalanceJobSnapshot& snapshot);
std::string balance_result_json(const BalanceJob& job);
std::string step_snapshot_json(const StepSnapshot& snapshot);
// [{ name, size, runs: [[offset, length, at], ...] }]
std::string image_json(const std::vector<ImagePieces>& devices);

}  // namespace canopy
