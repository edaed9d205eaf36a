// Where one is, in words: the breadcrumb of the bar.
#pragma once

#include <string>

#include "session/image_summary.h"
#include "ui/selection.h"

namespace canopy::ui {

// "disk.img / FS_TREE / leaf 30 408 704 / slot 17".
std::string describe_selection(const ImageSummary& summary, const std::string& image_name,
                               const Selection& selection);

}  // namespace canopy::ui
