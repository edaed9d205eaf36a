// Whole disks, made in memory around the bytes of a filesystem.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "device/memory_device.h"

namespace canopy {

inline constexpr u64 PARTITION_START = u64{1} << 20;

std::unique_ptr<Device> memory_device(std::vector<u8> bytes, std::string name = "disk.img");
// The bytes of a small filesystem with one file tree.
std::vector<u8> small_filesystem();

// `content` as partition 2 of a GPT, at PARTITION_START, behind an empty first one. `sound` false:
// only the copy of the table at the end is good.
std::vector<u8> gpt_disk(const std::vector<u8>& content, bool sound = true);
// `content` as the logical partition 5 of an MBR, at PARTITION_START.
std::vector<u8> mbr_disk(const std::vector<u8>& content);

struct Qcow2Shape {
  u32 version = 3;
  u32 cluster_bits = 16;
  enum class Clusters { plain, deflate, zstd } clusters = Clusters::plain;
};
// `content` as a QCOW2 image; clusters of zeros are left out.
std::vector<u8> qcow2_image(const std::vector<u8>& content, const Qcow2Shape& shape);

// `content` as other virtual machines have it; blocks of zeros are left out.
std::vector<u8> vdi_image(const std::vector<u8>& content);
enum class VhdKind { fixed, dynamic };
std::vector<u8> vhd_image(const std::vector<u8>& content, VhdKind kind);
enum class VmdkKind { sparse, stream_optimized };
std::vector<u8> vmdk_image(const std::vector<u8>& content, VmdkKind kind);

std::vector<u8> gzip_of(const std::vector<u8>& bytes);
std::vector<u8> zstd_of(const std::vector<u8>& bytes);

// All bytes of a device.
std::vector<u8> bytes_of(Device& device);

}  // namespace canopy
