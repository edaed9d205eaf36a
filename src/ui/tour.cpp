#include "ui/tour.h"

#include <fmt/format.h>

#include <imgui_internal.h>

#include <algorithm>
#include <utility>

#include "ui/panels.h"

namespace canopy::ui {

namespace {

bool is_sample_open(const App& app) {
  return app.session() != nullptr && app.image_name() == sample_name;
}

// Around what is lit, but not over the card.
void draw_outline(const Frame& frame, const Rect& lit, const Rect& card) {
  ImDrawList& draw = *ImGui::GetForegroundDrawList();
  const ImVec2 screen = ImGui::GetIO().DisplaySize;
  const float inset = frame.px(1);
  const Rect parts[] = {{0, 0, screen.x, card.y},
                        {0, card.bottom(), screen.x, screen.y - card.bottom()},
                        {0, card.y, card.x, card.height},
                        {card.right(), card.y, screen.x - card.right(), card.height}};
  for (const Rect& part : parts) {
    draw.PushClipRect(ImVec2(part.x, part.y), ImVec2(part.right(), part.bottom()));
    draw.AddRect(ImVec2(lit.x + inset, lit.y + inset),
                 ImVec2(lit.right() - inset, lit.bottom() - inset), paint(frame.theme.accent),
                 frame.px(size::rounding), 0, frame.px(2));
    draw.PopClipRect();
  }
}

}  // namespace

void Tour::start(App& app) {
  waits_ = true;
  if (!is_sample_open(app)) app.host().open_sample();
}

bool Tour::has_next() const { return at_ >= 0 && at_ + 1 < static_cast<int>(tour_stops().size()); }

void Tour::leave(App& app) {
  at_ = wanted_ = -1;
  waits_ = false;
  // A protection that the tour left out is on again for whoever steps next.
  app.step_form.settings.protections = Protections();
}

void Tour::begin_frame(const Frame& frame, Panels& panels) {
  App& app = frame.app;
  if (waits_ && is_sample_open(app) && !app.is_opening() && !app.pending_open()) {
    waits_ = false;
    at_ = -1;
    wanted_ = 0;
  }
  if (at_ >= 0 && !is_sample_open(app)) return leave(app);
  if (at_ >= 0) frame.mirror.watch(tour_stops()[static_cast<std::size_t>(at_)].lit);
  if (wanted_ < 0 || wanted_ == at_) return;
  if (wanted_ >= static_cast<int>(tour_stops().size())) return leave(app);
  go(frame, panels, wanted_);
}

void Tour::go(const Frame& frame, Panels& panels, int stop) {
  at_ = wanted_ = stop;
  is_fresh_ = wants_focus_ = true;
  act_ = Act::none;
  command_ = seed_ = 0;
  const TourStop& there = tour_stops()[static_cast<std::size_t>(stop)];
  TourScene scene{frame.app, panels};
  if (there.enter != nullptr) there.enter(scene);
  panels.section = there.section;
  panels.seen_view = frame.app.view();
  frame.mirror.watch(there.lit);
}

void Tour::draw(const Frame& frame, Panels& panels, bool is_single) {
  if (at_ < 0) return;
  const TourStop& stop = tour_stops()[static_cast<std::size_t>(at_)];
  if (act_ == Act::begun) {
    TourScene scene{frame.app, panels, command_, seed_};
    if (stop.is_done(scene)) {
      act_ = Act::done;
      wants_focus_ = true;
    }
    command_ = scene.command;
    seed_ = scene.seed;
  }
  const ImVec2 screen = ImGui::GetIO().DisplaySize;
  const float edge = frame.px(8);
  const float bottom = is_single ? frame.px(60) : edge;
  const Rect room{edge, frame.px(size::bar) + edge, screen.x - 2 * edge,
                  screen.y - frame.px(size::bar) - edge - bottom};
  const Rect lit = frame.mirror.watched().value_or(Rect());
  frame.mirror.text("tour.lit", lit.width > 0 ? stop.lit : "");
  const float width = std::min(frame.px(360), room.width);
  const Rect card = place_card(room, lit, width, card_height_, frame.px(8));
  if (lit.width > 0) draw_outline(frame, lit, card);
  draw_card(frame, panels, card);
  is_fresh_ = false;
}

void Tour::draw_card(const Frame& frame, Panels& panels, const Rect& rect) {
  const TourStop& stop = tour_stops()[static_cast<std::size_t>(at_)];
  ImGui::SetNextWindowPos(ImVec2(rect.x, rect.y));
  ImGui::SetNextWindowSize(ImVec2(rect.width, 0));
  if (is_fresh_) ImGui::SetNextWindowFocus();
  ImGui::PushStyleVar(ImGuiStyleVar_WindowPadding, ImVec2(frame.px(16), frame.px(12)));
  ImGui::PushStyleVar(ImGuiStyleVar_WindowBorderSize, std::max(1.0f, frame.px(1)));
  ImGui::PushStyleVar(ImGuiStyleVar_WindowRounding, frame.px(size::rounding));
  ImGui::PushStyleColor(ImGuiCol_Border, paint(frame.theme.accent));
  ImGui::Begin("Tour", nullptr,
               ImGuiWindowFlags_NoDecoration | ImGuiWindowFlags_NoMove |
                   ImGuiWindowFlags_NoSavedSettings | ImGuiWindowFlags_AlwaysAutoResize);
  ImGui::PopStyleColor();
  ImGui::PopStyleVar(3);
  const float text_width = rect.width - 2 * frame.px(16);
  const std::string place = fmt::format("{} of {}", at_ + 1, tour_stops().size());
  secondary_text(frame, "Tour, " + place);
  ImGui::PushTextWrapPos(frame.px(16) + text_width);
  heading(frame, stop.title);
  ImGui::TextUnformatted(stop.text);
  const bool says_more = act_ == Act::done && stop.after != nullptr;
  if (says_more) ImGui::TextUnformatted(stop.after);
  ImGui::PopTextWrapPos();
  ImGui::Dummy(ImVec2(text_width, frame.px(2)));
  draw_buttons(frame, panels);
  if (ImGui::IsWindowFocused() && ImGui::IsKeyPressed(ImGuiKey_Escape, false)) leave(frame.app);
  card_height_ = ImGui::GetWindowHeight();
  ImGui::End();
  frame.mirror.list("tour", "Tour",
                    {{"Stop", place},
                     {"Title", stop.title},
                     {"Text", stop.text},
                     {"State", act_ == Act::done    ? "done"
                               : act_ == Act::begun ? "begun"
                                                    : ""},
                     {"After", says_more ? stop.after : ""}});
  if (is_fresh_) frame.mirror.news(fmt::format("Tour, {}: {}. {}", place, stop.title, stop.text));
}

// The button that goes on is pressed by Enter.
void Tour::focus_once() {
  if (!std::exchange(wants_focus_, false)) return;
  ImGui::SetFocusID(ImGui::GetItemID(), ImGui::GetCurrentWindow());
  ImGui::GetCurrentContext()->NavDisableHighlight = false;
}

void Tour::draw_buttons(const Frame& frame, Panels& panels) {
  const int stop_number = at_;
  const TourStop& stop = tour_stops()[static_cast<std::size_t>(stop_number)];
  const bool can_act = stop.act != nullptr && act_ == Act::none;
  if (can_act || act_ == Act::begun) {
    if (button(frame, "tour.act", std::string(icon::play) + "  " + stop.act_label,
               ButtonKind::primary, can_act)) {
      TourScene scene{frame.app, panels};
      stop.act(scene);
      command_ = scene.command;
      seed_ = scene.seed;
      act_ = Act::begun;
      frame.app.host().wake();
    }
    focus_once();
  }
  const bool is_last = !has_next();
  if (button(frame, "tour.next", is_last ? "Done" : "Next",
             can_act || act_ == Act::begun ? ButtonKind::normal : ButtonKind::primary)) {
    next();
  }
  focus_once();
  ImGui::SameLine();
  if (button(frame, "tour.back", "Back", ButtonKind::quiet, has_back())) back();
  if (is_last) return;
  ImGui::SameLine();
  if (button(frame, "tour.leave", "Leave", ButtonKind::quiet)) leave(frame.app);
}

}  // namespace canopy::ui
