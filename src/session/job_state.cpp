#include "session/job_state.h"

namespace canopy {

const char* job_state_name(JobState state) {
  switch (state) {
    case JobState::running:
      return "Running";
    case JobState::paused:
      return "Paused";
    case JobState::cancelled:
      return "Cancelled";
    case JobState::failed:
      return "Failed";
    case JobState::done:
      return "Done";
  }
  return "";
}

}  // namespace canopy
