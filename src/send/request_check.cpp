#include "send/request_check.h"

#include <algorithm>

namespace canopy {
namespace {

// The kernel's limit: 8 MiB of its struct clone_root, 40 bytes each.
constexpr std::size_t max_clone_sources = (8u << 20) / 40;

Error no_subvolume(u64 id) {
  return error(Code::not_found, "there is no subvolume {}", id).as_errno("ENOENT");
}

Result<void> check_read_only(const CommittedRoot& root, bool treat_as_read_only) {
  if ((root.item().flags & ROOT_SUBVOL_DEAD) != 0) {
    return error(Code::invalid, "subvolume {} is being deleted", root.objectid()).as_errno("EPERM");
  }
  if (!root.is_read_only() && !treat_as_read_only) {
    return error(Code::invalid, "subvolume {} is not read-only", root.objectid()).as_errno("EPERM");
  }
  return {};
}

class RequestCheck {
 public:
  RequestCheck(CommittedForest& forest, const SendRequest& request)
      : forest_(forest), request_(request) {}

  Result<RequestedRoots> run() {
    roots_.send_root = TRY(find(request_.subvolume));
    TRY(check_flags());
    for (u64 id : request_.clone_sources)
      roots_.clone_roots.push_back(TRY(find(id)));
    if (request_.parent) roots_.parent_root = TRY(find(*request_.parent));
    roots_.clone_roots.push_back(roots_.send_root);
    std::ranges::sort(roots_.clone_roots, {}, &RootReader::objectid);
    return std::move(roots_);
  }

 private:
  Result<void> check_flags() {
    if (request_.clone_sources.size() > max_clone_sources) {
      return error(Code::invalid, "{} clone sources are more than {}",
                   request_.clone_sources.size(), max_clone_sources)
          .as_errno("EINVAL");
    }
    if (request_.protocol > highest_send_protocol) {
      return error(Code::unsupported, "protocol {} is higher than {}", request_.protocol,
                   highest_send_protocol)
          .as_errno("EPROTO");
    }
    roots_.protocol = request_.protocol != 0 ? request_.protocol : highest_send_protocol;
    if (request_.flags.compressed_data && roots_.protocol < 2) {
      return error(Code::invalid, "compressed data needs protocol 2").as_errno("EINVAL");
    }
    return {};
  }

  // The reader of a root that may be used for sending.
  Result<const RootReader*> find(u64 id) {
    std::shared_ptr<const CommittedRoot> root;
    {
      HoldCommitRoots hold(forest_);
      root = TRY(forest_.root(id));
      if (root == nullptr || (is_subvolume_id(id) && root->item().refs == 0)) {
        return no_subvolume(id);
      }
      // The trees of the filesystem itself can be named, and are not read-only.
      TRY(check_read_only(*root, request_.treat_as_read_only && is_subvolume_id(id)));
    }
    auto& reader = roots_.readers[id];
    if (reader == nullptr) reader = std::make_unique<RootReader>(forest_, std::move(root));
    return static_cast<const RootReader*>(reader.get());
  }

  CommittedForest& forest_;
  const SendRequest& request_;
  RequestedRoots roots_;
};

}  // namespace

Result<RequestedRoots> check_request(CommittedForest& forest, const SendRequest& request) {
  return RequestCheck(forest, request).run();
}

}  // namespace canopy
