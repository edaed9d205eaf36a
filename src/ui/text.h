// Numbers as people read them: addresses in groups of three, sizes in binary units, durations,
// counts; the same everywhere on the page.
#pragma once

#include <string>
#include <string_view>

#include "base/types.h"

namespace canopy::ui {

// "30 408 704": digits in threes, separated by thin no-break spaces, so that a line never breaks
// in a number and the eye finds the groups.
std::string grouped(u64 value);
// The same with plain spaces, for the monospaced font, which has one width.
std::string grouped_mono(u64 value);

// "512 B", "16 KiB", "1.50 MiB", "20.0 GiB": three digits that count, exact below 1 KiB.
std::string size_text(u64 bytes);
// "1 234 567 bytes": what hovering a size shows.
std::string exact_bytes_text(u64 bytes);
// "123 MiB/s"; "–" if nothing is known yet.
std::string rate_text(double bytes_per_second);

// "under a second", "8 s", "2 min 5 s", "1 h 12 min".
std::string duration_text(double seconds);

// "1 command", "1 204 commands".
std::string count_text(u64 count, std::string_view singular, std::string_view plural);

// 36 characters as usual; "none" for the nil UUID.
std::string uuid_text(const u8* uuid);

// UTC, "2026-01-31 08:15:00"; "–" for 0.
std::string time_text(i64 seconds_since_epoch);

// A name or path as one line that a person can read: invalid UTF-8 and control characters are
// escaped as \xNN.
std::string shown_name(std::string_view name);

// The text cut to `max_characters` with "…" in the middle, where the end says more than the middle.
std::string cut_middle(std::string_view text, std::size_t max_characters);

}  // namespace canopy::ui
