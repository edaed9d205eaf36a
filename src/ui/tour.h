// A guided tour on the built-in sample: from the superblock to what keeps a send right beside a
// balance. Its stops are one table (tour_stops.cpp); each says something, lights up the part of the
// page it speaks of, brings about what is to be seen there, and may have something to be tried. The
// page stays usable meanwhile, and the tour can be left at any time.
#pragma once

#include <span>
#include <string>

#include "ui/shell_layout.h"
#include "ui/widgets.h"

namespace canopy::ui {

struct Panels;
enum class Section : u8;

// What a stop works with.
struct TourScene {
  App& app;
  Panels& panels;
  u64 command = 0;  // that the stop gave to the controlled run last
  u64 seed = 0;     // that it tries
};

struct TourStop {
  const char* title;
  const char* text;
  const char* lit;  // the panel that it speaks of, by its name
  Section section;  // where that is on a small window
  void (*enter)(TourScene& scene);
  // What can be tried, if anything; then what is said once it is done.
  const char* act_label = nullptr;
  void (*act)(TourScene& scene) = nullptr;
  bool (*is_done)(TourScene& scene) = nullptr;  // asked in each frame after act()
  const char* after = nullptr;
};
std::span<const TourStop> tour_stops();

class Tour {
 public:
  // Begins once the sample is open, which is asked for if it is not.
  void start(App& app);
  bool is_running() const { return at_ >= 0; }
  bool has_next() const;
  bool has_back() const { return at_ > 0; }
  void next() { wanted_ = at_ + 1; }
  void back() { wanted_ = at_ - 1; }
  void leave(App& app);

  // Before the panels are drawn: goes where it was sent.
  void begin_frame(const Frame& frame, Panels& panels);
  // After them: lights up what it speaks of, beside it the card.
  void draw(const Frame& frame, Panels& panels, bool is_single);

 private:
  enum class Act : u8 { none, begun, done };
  void go(const Frame& frame, Panels& panels, int stop);
  void draw_card(const Frame& frame, Panels& panels, const Rect& rect);
  void focus_once();
  void draw_buttons(const Frame& frame, Panels& panels);

  bool waits_ = false;  // for the sample
  int at_ = -1;
  int wanted_ = -1;
  bool is_fresh_ = false;  // the first frame of the stop
  bool wants_focus_ = false;
  Act act_ = Act::none;
  u64 command_ = 0;
  u64 seed_ = 0;
  float card_height_ = 0;  // in the frame before
};

}  // namespace canopy::ui
