// Going to what a person names, or a link, or the browser's history.
#include <fmt/format.h>

#include "ui/app.h"
#include "ui/link.h"

namespace canopy::ui {

void App::select(const Selection& selection, View view) {
  if (!history_.go(selection, view)) return;
  host_.navigate(history_.current().number, link(), false);
  link_lacks_key_ = selection.kind == Selection::Kind::item;
}

// A link with a key is known once the block is there.
void App::complete_link() {
  if (!link_lacks_key_ || session_ == nullptr) return;
  if (session_->find_block(selection().block) == nullptr) return;
  link_lacks_key_ = false;
  host_.navigate(history_.current().number, link(), true);
}

std::string App::link() const {
  Link link{view(), selection(), std::nullopt};
  if (link.selection.kind == Selection::Kind::item && session_ != nullptr) {
    // Its key leads there also once the block has moved.
    const BlockViewPtr block = session_->find_block(link.selection.block);
    if (block != nullptr && link.selection.slot < block->entries.size())
      link.key = block->entries[link.selection.slot].key;
  }
  return link_text(link);
}

void App::visit(u64 entry, const std::string& fragment) {
  link_lacks_key_ = false;
  if (entry != 0) {
    history_.visit(entry);
    return;
  }
  link_to_follow_ = fragment;
  follow_link();
}

void App::follow_link() {
  if (session_ == nullptr || link_to_follow_.empty()) return;
  const auto link = parse_link(std::exchange(link_to_follow_, std::string()));
  if (!link) return;
  if (!link->key) return select(link->selection, link->view);
  show(link->view);
  searched_stays_ = link->view != View::trees;
  go_to(fmt::format("{} ({} {} {})", link->selection.block.tree, link->key->objectid,
                    link->key->type, link->key->offset));
}

void App::go_to(const std::string& text) {
  if (session_ == nullptr || text.empty()) return;
  searched_ = {text, FS_TREE_OBJECTID, session_->summary().generation};
  const Selection& at = selection();
  if (at.kind == Selection::Kind::block || at.kind == Selection::Kind::item) {
    searched_.tree = at.block.tree;
  } else if (at.subvolume != 0) {
    searched_.tree = at.subvolume;
  } else if (form.subvolume != 0) {
    searched_.tree = form.subvolume;
  }
  poll_search();
}

void App::inspect(const std::string& text) {
  searched_stays_ = true;
  go_to(text);
}

void App::find_item_of_type(u8 type, const std::optional<std::pair<u64, Key>>& after) {
  if (session_ == nullptr) return;
  find_problem_.clear();
  finding_ = {type, after, session_->summary().generation};
  session_->lookups().item_of_type.drop();
  poll_finding();
}

void App::cancel_finding_item() {
  if (session_ != nullptr) session_->lookups().item_of_type.drop();
  finding_.reset();
}

u64 App::leaves_looked_at() const {
  return session_ == nullptr ? 0 : session_->lookups().leaves_looked_at->load();
}

void App::poll_finding() {
  if (!finding_ || session_ == nullptr) return;
  const auto found = session_->lookups().item_of_type.find(*finding_);
  if (found == nullptr) return;
  const ItemOfTypeKey wanted = *std::exchange(finding_, std::nullopt);
  if (!found->place) {
    find_problem_ = fmt::format("There is no {}{} in this image.", wanted.after ? "further " : "",
                                key_type_name(wanted.type));
    if (!found->problem.empty()) find_problem_ += " Not all could be read: " + found->problem;
    return tell(find_problem_);
  }
  items_found_++;
  if (view() == View::trees) revealed_ = found->place;
  select({.kind = Selection::Kind::item,
          .block = found->place->block,
          .slot = found->place->slot.value_or(0)});
}

void App::poll_search() {
  if (searched_.text.empty() || session_ == nullptr) return;
  const auto result = session_->lookups().search.find(searched_);
  if (result == nullptr) return;
  const bool stays = std::exchange(searched_stays_, false);
  const std::string text = std::exchange(searched_, {}).text;
  if (!result->problem.empty()) return tell(result->problem, true);
  if (!result->note.empty()) {
    tell(result->note);
  } else if (!messages_.empty() && messages_.back().is_problem) {
    // What was wrong before is no longer.
    tell(fmt::format("Found {}.", text));
  }
  if (result->file) {
    return select({.kind = Selection::Kind::file,
                   .subvolume = result->file->subvolume,
                   .ino = result->file->ino,
                   .opened = result->is_folder},
                  View::files);
  }
  const Place& place = *result->place;
  if (!stays) revealed_ = place;
  select({.kind = place.slot ? Selection::Kind::item : Selection::Kind::block,
          .block = place.block,
          .slot = place.slot.value_or(0)},
         stays ? view() : View::trees);
}

}  // namespace canopy::ui
