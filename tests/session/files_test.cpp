// Folders, files, searches and what is taken out of an image, on the sample.
#include <gtest/gtest.h>

#include <algorithm>
#include <cstring>

#include "files/file_contents.h"
#include "sample_session.h"
#include "session/export_job.h"
#include "support/must.h"

namespace canopy {
namespace {

class Files : public testing::Test {
 protected:
  void SetUp() override { session_ = open_sample(news_); }

  u64 generation() const { return session_->summary().generation; }
  u64 id_of(const char* path) const { return session_->summary().subvolumes.find_path(path)->id; }
  template <typename Key, typename Value>
  std::shared_ptr<const Value> wait_for(Lookup<Key, Value>& lookup, const Key& key) {
    std::shared_ptr<const Value> value;
    news_.wait([&] { return (value = lookup.find(key)) != nullptr; });
    return value;
  }
  std::shared_ptr<const FolderView> folder(const FilePlace& place,
                                           FileOrder order = FileOrder::name) {
    return wait_for(session_->lookups().folder,
                    {place, order, order != FileOrder::name, generation()});
  }
  std::shared_ptr<const SearchResult> search(const std::string& text, u64 tree = 5) {
    return wait_for(session_->lookups().search, {text, tree, generation()});
  }
  std::shared_ptr<const FileDetails> details(const FilePlace& place) {
    return wait_for(session_->lookups().file, {place, generation()});
  }
  // The bytes of an export, to its end.
  std::vector<u8> take_out(const ExportRequest& request) {
    auto file = std::make_shared<MemoryStreamFile>();
    const auto job = session_->export_files(request, file);
    news_.wait([&] { return job->snapshot().ended(); });
    EXPECT_EQ(job->snapshot().state, JobState::done) << job->snapshot().problem;
    EXPECT_EQ(job->snapshot().bytes, file->bytes().size());
    return file->bytes();
  }

  News news_;
  std::shared_ptr<Session> session_;
};

TEST_F(Files, ContentsAreThoseOfTheFileAndKnownForText) {
  const u64 snapshot = id_of("snapshots/wednesday");
  const auto filesystem = filesystem_of_sample();
  const SubvolumeFiles files = must(SubvolumeFiles::open(filesystem->forest(), snapshot));
  u64 texts = 0, pieces = 0;
  must(files.for_each([&](const std::string&, const DirectoryEntry& entry) -> Result<void> {
    const InodeItem inode = must(files.read_inode(entry.ino));
    if ((inode.mode & MODE_TYPE_MASK) != MODE_REGULAR) return {};
    for (u64 offset = 0; offset < inode.size; offset += ContentsView::most_bytes) {
      const auto view = wait_for(session_->lookups().contents,
                                 ContentsKey{{snapshot, entry.ino}, offset, generation()});
      EXPECT_EQ(view->problem, "");
      EXPECT_EQ(view->file_size, inode.size);
      std::vector<u8> bytes(std::min<u64>(ContentsView::most_bytes, inode.size - offset));
      must(FileContents(files).read(entry.ino, offset, bytes));
      EXPECT_EQ(view->bytes, bytes);
      texts += view->is_text ? 1 : 0;
      pieces++;
    }
    return {};
  }));
  EXPECT_GT(texts, 0U);
  EXPECT_LT(texts, pieces);
}

TEST_F(Files, ContentsOfAFolderAreRefused) {
  const auto view = wait_for(session_->lookups().contents,
                             ContentsKey{{5, SubvolumeFiles::ROOT_INO}, 0, generation()});
  EXPECT_NE(view->problem.find("is no file"), std::string::npos);
}

TEST_F(Files, AFolderShowsFoldersFirstAndTheWayToIt) {
  const auto top = folder({5, SubvolumeFiles::ROOT_INO});
  ASSERT_EQ(top->problem, "");
  ASSERT_EQ(top->rows.size(), 2U);
  EXPECT_EQ(top->rows[0].name, "home");
  EXPECT_TRUE(top->rows[0].is_subvolume);
  EXPECT_EQ(top->rows[0].place.subvolume, id_of("home"));
  EXPECT_FALSE(top->parent);

  const auto home = folder(top->rows[0].place);
  EXPECT_EQ(home->parent, (FilePlace{5, SubvolumeFiles::ROOT_INO}));
  const auto journal = std::ranges::find(home->rows, "journal", &FileRow::name);
  ASSERT_NE(journal, home->rows.end());
  const auto inside = folder(journal->place);
  ASSERT_EQ(inside->steps.size(), 2U);
  EXPECT_EQ(inside->steps[0].name, "home");
  EXPECT_EQ(inside->steps[1].name, "journal");
  EXPECT_EQ(inside->parent, home->key.place);
  EXPECT_TRUE(std::ranges::is_sorted(inside->rows, {}, &FileRow::name));

  const auto by_size = folder(journal->place, FileOrder::size);
  ASSERT_EQ(by_size->rows.size(), inside->rows.size());
  EXPECT_TRUE(std::ranges::is_sorted(by_size->rows, std::ranges::greater(), &FileRow::size_bytes));
}

TEST_F(Files, WhatIsNoFolderIsAProblemAndNotAnEmptyFolder) {
  EXPECT_NE(folder({5, 999'999})->problem, "");
  EXPECT_NE(folder({77'777, SubvolumeFiles::ROOT_INO})->problem, "");
}

TEST_F(Files, PathsInodesKeysAndAddressesAreFound) {
  const u64 monday = id_of("snapshots/monday");
  const auto path = search("/snapshots/monday/notes/note-1.txt");
  ASSERT_TRUE(path->file) << path->problem;
  EXPECT_EQ(path->file->subvolume, monday);
  EXPECT_FALSE(path->is_folder);
  // The same file in the subvolume at hand.
  EXPECT_EQ(search("notes/note-1.txt", monday)->file, path->file);
  EXPECT_TRUE(search("snapshots/monday")->is_folder);
  EXPECT_EQ(search(fmt::format("{}/{}", monday, path->file->ino))->file, path->file);

  const auto key = search(fmt::format("{} ({} inode_item 0)", monday, path->file->ino));
  ASSERT_TRUE(key->place) << key->problem;
  const auto view = read_block_view(*filesystem_of_sample(), key->place->block);
  EXPECT_EQ(view->entries[*key->place->slot].key, (Key{path->file->ino, INODE_ITEM_KEY, 0}));

  const auto leaf = search(fmt::format("{}", key->place->block.logical));
  ASSERT_TRUE(leaf->place) << leaf->problem;
  EXPECT_EQ(leaf->place->block.logical, key->place->block.logical);
  EXPECT_FALSE(leaf->place->slot);

  EXPECT_NE(search("no/such/path")->problem, "");
  EXPECT_NE(search("1")->problem, "");
  EXPECT_NE(search("9:30408704")->problem, "");
}

TEST_F(Files, APhysicalAddressLeadsBackToTheLogicalOne) {
  const auto filesystem = filesystem_of_sample();
  for (const auto& chunk : filesystem->volume().chunks().all()) {
    for (u64 offset = 0; offset < chunk->length; offset += chunk->length / 7 + 4096) {
      for (u32 mirror = 1; mirror <= chunk->profile->copies; mirror++) {
        const StripePlace place = place_in_chunk(*chunk, chunk->logical + offset, mirror);
        const auto found =
            find_physical(*filesystem, chunk->stripes[place.stripe].devid, place.physical);
        ASSERT_TRUE(found.ok()) << found.error().to_string();
        EXPECT_EQ(found.value(), chunk->logical + offset);
      }
    }
  }
}

TEST_F(Files, AFileTellsWhereItsBytesLie) {
  const u64 monday = id_of("snapshots/monday");
  const auto pictures = folder(*search("snapshots/monday/photos")->file, FileOrder::size);
  ASSERT_FALSE(pictures->rows.empty());
  const auto picture = details(pictures->rows.front().place);
  ASSERT_EQ(picture->problem, "");
  ASSERT_GT(picture->extent_count, 0U);
  const FileExtentRow& extent = picture->extents.front();
  ASSERT_FALSE(extent.copies.empty());
  const auto found = search(fmt::format("{}", extent.item.disk_bytenr.value()));
  ASSERT_TRUE(found->place) << found->problem;
  EXPECT_EQ(found->place->block.tree, EXTENT_TREE_OBJECTID);

  const auto note = details(*search("snapshots/monday/notes/note-1.txt")->file);
  // Its two names.
  EXPECT_EQ(note->paths.size(), 2U);
  EXPECT_EQ(note->folder->subvolume, monday);
}

TEST_F(Files, AFileIsTakenOutByteForByte) {
  const auto path = search("snapshots/wednesday/journal/note-5.txt");
  const auto folder_of = folder(*details(*path->file)->folder);
  const auto row = std::ranges::find(folder_of->rows, "note-5.txt", &FileRow::name);
  const std::vector<u8> bytes = take_out({*path->file, "note-5.txt", false});
  ASSERT_EQ(bytes.size(), row->size_bytes);
  const auto filesystem = filesystem_of_sample();
  const auto files = SubvolumeFiles::open(filesystem->forest(), path->file->subvolume);
  FileContents contents(files.value());
  std::vector<u8> expected(bytes.size());
  ASSERT_TRUE(contents.read(path->file->ino, 0, expected).ok());
  EXPECT_EQ(bytes, expected);
}

TEST_F(Files, AFolderIsTakenOutAsAnArchiveOfAllThatIsInIt) {
  const auto journal = search("snapshots/wednesday/journal");
  const std::vector<u8> archive = take_out({*journal->file, "journal", true});
  ASSERT_EQ(archive.size() % 512, 0U);
  // The names in the headers, one behind the other.
  std::vector<std::string> names;
  u64 links = 0;
  for (std::size_t at = 0; at + 512 <= archive.size() && archive[at] != 0;) {
    const char* const header = reinterpret_cast<const char*>(archive.data()) + at;
    const u64 size = std::stoull(std::string(header + 124, 11), nullptr, 8);
    if (header[156] != 'x') names.emplace_back(header, strnlen(header, 100));
    links += header[156] == '1' ? 1 : 0;
    at += 512 + (size + 511) / 512 * 512;
  }
  const auto view = folder(*journal->file);
  EXPECT_EQ(names.size(), view->rows.size() + 1);
  EXPECT_EQ(names.front(), "journal/");
  for (const FileRow& row : view->rows)
    EXPECT_NE(std::ranges::find(names, "journal/" + row.name), names.end()) << row.name;
  EXPECT_EQ(links, 1U);
}

TEST_F(Files, ANumberThatIsNoAddressIsAnInodeOfTheTreeAtHand) {
  const u64 snapshot = id_of("snapshots/wednesday");
  for (const char* text : {"260", "inode 260"}) {
    const auto found = search(text, snapshot);
    ASSERT_TRUE(found->file) << found->problem;
    EXPECT_EQ(found->file->subvolume, snapshot);
    EXPECT_EQ(found->file->ino, 260U);
  }
  EXPECT_NE(search("7", snapshot)->problem.find("no chunk maps"), std::string::npos);
}

TEST_F(Files, AnExportThatIsCancelledLeavesNothing) {
  auto file = std::make_shared<MemoryStreamFile>();
  {
    const auto job =
        session_->export_files({{id_of("home"), SubvolumeFiles::ROOT_INO}, "home", true}, file);
    job->cancel();
    news_.wait([&] { return job->snapshot().ended(); });
    // It may have been faster.
    if (job->snapshot().state == JobState::done) GTEST_SKIP();
  }
  EXPECT_TRUE(file->is_discarded());
}

TEST(ParsedSearch, WhatIsMeantFollowsFromTheShape) {
  using Kind = ParsedSearch::Kind;
  EXPECT_EQ(parse_search("30 408 704").address, 30408704U);
  EXPECT_EQ(parse_search("30\u202f408\u202f704").address, 30408704U);
  EXPECT_EQ(parse_search("0x1d00000").address, 0x1d00000U);
  EXPECT_EQ(parse_search("1:30 408 704").kind, Kind::physical);
  EXPECT_EQ(parse_search("256/257").kind, Kind::inode);
  EXPECT_EQ(parse_search("256/257/x").kind, Kind::path);
  EXPECT_EQ(parse_search("inode 257").kind, Kind::inode);
  EXPECT_EQ(parse_search("inode 257").key.objectid, 257U);
  EXPECT_FALSE(parse_search("inode 257").tree);
  EXPECT_EQ(parse_search("inode").kind, Kind::path);
  const ParsedSearch key = parse_search(" CSUM_TREE (EXTENT_CSUM EXTENT_CSUM 4096) ");
  EXPECT_EQ(key.kind, Kind::key);
  EXPECT_EQ(key.tree, CSUM_TREE_OBJECTID);
  EXPECT_EQ(key.key, (Key{EXTENT_CSUM_OBJECTID, EXTENT_CSUM_KEY, 4096}));
  EXPECT_EQ(parse_search("(257 108 0)").key, (Key{257, EXTENT_DATA_KEY, 0}));
  EXPECT_EQ(parse_search("a note (257 first 0)").kind, Kind::path);
}

}  // namespace
}  // namespace canopy
