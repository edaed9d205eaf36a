#include "web/host.h"

#include <emscripten.h>
#include <emscripten/threading.h>

#include <atomic>

#include "web/opfs_file.h"

// clang-format off
EM_JS(void, host_choose_files, (), { Module.host.chooseFiles(); });
EM_JS(void, host_open_sample, (), { Module.host.openSample(); });
EM_JS(void, host_create_result, (unsigned token), { Module.host.createResult(token); });
EM_JS(void, host_download, (int number, const char* name, int ask), {
  Module.host.download(number, UTF8ToString(name), Boolean(ask));
});
EM_JS(void, host_save_image, (), { Module.host.saveImage(); });
EM_JS(void, host_save_text, (const char* text, const char* name), {
  Module.host.saveText(UTF8ToString(text), UTF8ToString(name));
});
EM_JS(void, host_save_bytes, (const unsigned char* bytes, unsigned size, const char* name), {
  Module.host.saveBytes(HEAPU8.slice(bytes, bytes + size), UTF8ToString(name));
});
EM_JS(void, host_choose_schedule, (), { Module.host.chooseSchedule(); });
EM_JS(void, host_copy, (const char* text), { Module.host.copy(UTF8ToString(text)); });
EM_JS(void, host_copy_link, (), { Module.host.copy(location.href); });
EM_JS(void, host_navigate, (double entry, const char* fragment, int replace), {
  Module.host.navigate(entry, UTF8ToString(fragment), Boolean(replace));
});
EM_JS(void, host_go_in_history, (int steps), { history.go(steps); });
EM_JS(void, host_store, (const char* key, const char* value), {
  Module.host.store(UTF8ToString(key), UTF8ToString(value));
});
EM_JS(void, host_answer, (int request, int ok, const char* text), {
  Module.host.answer(request, Boolean(ok), UTF8ToString(text));
});
EM_JS(void, host_mirror, (const char* json), { Module.host.mirror(UTF8ToString(json)); });
EM_JS(void, host_set_cursor, (const char* name), { Module.host.setCursor(UTF8ToString(name)); });
EM_JS(void, host_want_text, (int wants), { Module.host.wantText(Boolean(wants)); });
// clang-format on

namespace canopy {

namespace {

std::atomic<bool> news_is_known{false};

}  // namespace

void BrowserHost::choose_files() { host_choose_files(); }
void BrowserHost::open_sample() { host_open_sample(); }
void BrowserHost::create_result(u32 token) { host_create_result(token); }

std::shared_ptr<StreamFile> BrowserHost::result_file(i32 number) {
  return std::make_shared<OpfsFile>(write_ring_, number, [](i32 discarded) {
    MAIN_THREAD_ASYNC_EM_ASM({ Module.host.discardResult($0); }, discarded);
  });
}

void BrowserHost::download(i32 number, const std::string& name, bool ask) {
  host_download(number, name.c_str(), ask ? 1 : 0);
}
void BrowserHost::save_image() { host_save_image(); }
void BrowserHost::save_text(const std::string& text, const std::string& name) {
  host_save_text(text.c_str(), name.c_str());
}
void BrowserHost::save_bytes(Bytes bytes, const std::string& name) {
  host_save_bytes(bytes.data(), static_cast<unsigned>(bytes.size()), name.c_str());
}
void BrowserHost::choose_schedule() { host_choose_schedule(); }
void BrowserHost::copy(const std::string& text) { host_copy(text.c_str()); }
void BrowserHost::copy_link() { host_copy_link(); }
void BrowserHost::navigate(u64 entry, const std::string& fragment, bool replace) {
  host_navigate(static_cast<double>(entry), fragment.c_str(), replace ? 1 : 0);
}
void BrowserHost::go_in_history(int steps) { host_go_in_history(steps); }
void BrowserHost::store(const std::string& key, const std::string& value) {
  host_store(key.c_str(), value.c_str());
}

void BrowserHost::wake() {
  // Threads have news far more often than the page can look: one message is enough.
  if (news_is_known.exchange(true)) return;
  MAIN_THREAD_ASYNC_EM_ASM({ Module.host.wake(); });
}

void BrowserHost::close_file(i32 number) {
  MAIN_THREAD_ASYNC_EM_ASM({ Module.host.closeFile($0); }, number);
}

void BrowserHost::looked() { news_is_known.store(false); }

void BrowserHost::answer(i32 request, bool ok, const std::string& text) {
  host_answer(request, ok ? 1 : 0, text.c_str());
}
void BrowserHost::mirror(const std::string& json) { host_mirror(json.c_str()); }
void BrowserHost::set_cursor(const char* name) { host_set_cursor(name); }
void BrowserHost::want_text(bool wants) {
  static bool told = false;
  if (wants == told) return;
  told = wants;
  host_want_text(wants ? 1 : 0);
}

}  // namespace canopy
