#include "ui/owners_list.h"

#include <fmt/format.h>

#include <algorithm>

#include "ui/text.h"

namespace canopy::ui {

namespace {

constexpr std::size_t rows_at_once = 5;

float height_of(const Frame& frame, std::size_t rows) {
  return frame.row() * static_cast<float>(std::min(rows, rows_at_once)) + frame.px(4);
}

}  // namespace

void OwnersList::draw(const Frame& frame, const Place& place) {
  App& app = frame.app;
  if (asked_ != place) {
    if (button(frame, "inspector.ask_owners", std::string(icon::link) + "  Whose is it?"))
      asked_ = place;
    hint(frame,
         place.is_data ? "Which files use this extent" : "From which trees this block is reached");
    return;
  }
  const auto view = app.session()->lookups().owners.find(
      {place.address, place.is_data, app.session()->summary().generation});
  if (view == nullptr) return empty_note(frame, "Looking for who has it…");
  if (!view->problem.empty()) wrapped_text(frame, view->problem, frame.theme.error_text);
  if (place.is_data) {
    draw_files(frame, *view);
  } else {
    draw_trees(frame, *view);
  }
}

void OwnersList::draw_files(const Frame& frame, const OwnersView& view) {
  App& app = frame.app;
  const std::size_t count = view.owners.size();
  std::string said = count == 0 ? "Nobody has it." : count_text(count, "user", "users") + ":";
  if (count == OwnersView::most) said = fmt::format("The first {} users:", count);
  secondary_text(frame, said);
  ImGui::SameLine();
  if (line_icon_button(frame, "inspector.copy_owners", icon::copy, "Copy their paths")) {
    app.host().copy(view.text);
    app.tell("Copied who has it.");
  }
  Mirror::Table mirrored;
  mirrored.columns = {"Path", "Subvolume", "Inode", "Offset"};
  mirrored.total = count;
  if (ImGui::BeginChild("owners", ImVec2(0, height_of(frame, count)), 0,
                        ImGuiWindowFlags_NavFlattened)) {
    visible_rows(count, frame.row(), [&](int i) {
      const ExtentOwner& owner = view.owners[static_cast<std::size_t>(i)];
      std::string path = owner.paths.empty() ? "" : owner.paths.front();
      if (owner.state == ExtentOwner::State::deleted)
        path = fmt::format("inode {} of a deleted subvolume", owner.user.ino);
      if (owner.state == ExtentOwner::State::internal)
        path = fmt::format("inode {} of the filesystem itself", owner.user.ino);
      ImGui::PushID(i);
      const bool clicked =
          ImGui::Selectable(shown_name(path).c_str(), false, 0, ImVec2(0, frame.cell()));
      ImGui::PopID();
      std::string all = fmt::format("inode {} of {}, from byte {}", owner.user.ino,
                                    app.tree_label(owner.user.root), grouped(owner.user.offset));
      for (const std::string& name : owner.paths)
        all += "\n" + shown_name(name);
      hint(frame, all);
      if (clicked && owner.state == ExtentOwner::State::named)
        app.select(
            {.kind = Selection::Kind::file, .subvolume = owner.user.root, .ino = owner.user.ino},
            View::files);
      mirrored.rows.push_back(
          {{path, fmt::format("{}", owner.user.root), fmt::format("{}", owner.user.ino),
            fmt::format("{}", owner.user.offset)},
           item_rect(),
           static_cast<u64>(i)});
    });
  }
  ImGui::EndChild();
  frame.mirror.table("inspector.owners", "Who has it", mirrored);
}

void OwnersList::draw_trees(const Frame& frame, const OwnersView& view) {
  App& app = frame.app;
  secondary_text(frame, view.trees.empty() ? "No tree reaches it." : "Reached from:");
  Mirror::Table mirrored;
  mirrored.columns = {"Tree"};
  mirrored.total = view.trees.size();
  if (ImGui::BeginChild("owners", ImVec2(0, height_of(frame, view.trees.size())), 0,
                        ImGuiWindowFlags_NavFlattened)) {
    visible_rows(view.trees.size(), frame.row(), [&](int i) {
      const u64 tree = view.trees[static_cast<std::size_t>(i)];
      const std::string name = app.tree_label(tree);
      const bool clicked = ImGui::Selectable(name.c_str(), false, 0, ImVec2(0, frame.cell()));
      if (clicked && app.session()->summary().subvolumes.find(tree) != nullptr)
        app.select({.kind = Selection::Kind::subvolume, .subvolume = tree});
      mirrored.rows.push_back({{name}, item_rect(), static_cast<u64>(i)});
    });
  }
  ImGui::EndChild();
  frame.mirror.table("inspector.owners", "Who has it", mirrored);
}

}  // namespace canopy::ui
