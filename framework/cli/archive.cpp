// compress, decompress and inspect.
#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <chrono>
#include <csignal>
#include <cstring>
#include <fstream>
#include <iostream>
#include <limits>
#include <thread>

#include "archive/archive.hpp"
#include "command.hpp"
#include "host/watch.hpp"

namespace tandem::cli {
namespace {

namespace fs = std::filesystem;

constexpr const char* ending = ".tdm";
// What a signal removes: the file that is not whole yet.
char unfinished[4096];

struct Options {
  std::string in, out, method = "context-mixing", limit;
  int threads = static_cast<int>(std::max(1u, std::thread::hardware_concurrency()));
  bool force = false, recover = false, json = false, list = false, verify = false;
};

[[noreturn]] void refuse(const std::string& place, const std::string& message, const std::string& hint = {}, host::Exit exit = host::Exit::usage) {
  throw host::Refusal(host::Problem{{place, 0, 0}, {}, message, hint, exit});
}

// A file to read, or standard input.
class Input {
 public:
  explicit Input(const std::string& path) : path_(path) {
    if (path == "-") return;
    std::error_code failed;
    if (!fs::exists(path, failed)) refuse(path, "does not exist");
    if (fs::is_directory(path, failed)) refuse(path, "is a directory, not a file");
    file_.open(path, std::ios::binary);
    if (!file_) refuse(path, "cannot be read");
  }
  std::istream& stream() { return path_ == "-" ? std::cin : file_; }
  std::string name() const { return path_ == "-" ? "standard input" : path_; }
  std::uint64_t size() const {
    std::error_code failed;
    const auto size = path_ == "-" ? std::uintmax_t{0} : fs::file_size(path_, failed);
    return failed ? 0 : size;
  }
  std::optional<archive::Info> info() const {
    struct stat status {};
    if (path_ == "-" || stat(path_.c_str(), &status) != 0 || !S_ISREG(status.st_mode)) return std::nullopt;
    return archive::Info{status.st_mode & 0777, status.st_mtim.tv_sec, static_cast<std::uint32_t>(status.st_mtim.tv_nsec)};
  }

 private:
  std::string path_;
  std::ifstream file_;
};

// A file that takes its name when it is whole; until then, and after a failure, what stood there stays. Or standard output.
class Output {
 public:
  Output(const std::string& path, bool force) : path_(path), target_(path), force_(force) {
    if (path == "-") {
      if (isatty(STDOUT_FILENO)) refuse("standard output", "is a terminal", "give a file by -o, or send the output somewhere");
      return;
    }
    std::error_code failed;
    if (fs::is_directory(path, failed)) refuse(path, "is a directory");
    if (fs::exists(path, failed) && !fs::is_regular_file(path, failed)) refuse(path, "is no regular file", "-o - writes to standard output");
    if (fs::exists(path, failed) && !force) refuse(path, "exists", "-f replaces it");
    if (fs::is_symlink(path, failed)) target_ = fs::canonical(path, failed).string();  // what it leads to is replaced
    temporary_ = (fs::path(target_).parent_path() / ".tandem-XXXXXX").string();
    const int descriptor = mkstemp(temporary_.data());
    if (descriptor < 0) refuse(path, std::string("cannot be written: ") + std::strerror(errno));
    close(descriptor);
    file_.open(temporary_, std::ios::binary);
    if (temporary_.size() < sizeof unfinished) std::strcpy(unfinished, temporary_.c_str());
    for (const int signal : {SIGINT, SIGTERM, SIGHUP})
      std::signal(signal, [](int) {
        unlink(unfinished);
        _exit(host::Exit::interrupted);
      });
  }
  ~Output() {
    if (!temporary_.empty()) unlink(temporary_.c_str());
  }
  Output(const Output&) = delete;
  Output& operator=(const Output&) = delete;

  std::ostream& stream() { return path_ == "-" ? std::cout : file_; }
  const std::string& path() const { return path_; }

  void finish(const std::optional<archive::Info>& info) {
    if (path_ == "-") return;
    file_.close();
    const int descriptor = open(temporary_.c_str(), O_RDONLY);
    if (!file_ || descriptor < 0 || fsync(descriptor) != 0) throw Error(std::string("cannot be written: ") + std::strerror(errno), path_);
    close(descriptor);
    const mode_t mask = umask(0);
    umask(mask);
    chmod(temporary_.c_str(), info ? info->mode : 0666 & ~mask);
    if (info) {
      const timespec times[] = {{0, UTIME_NOW}, {info->seconds, static_cast<long>(info->nanoseconds)}};
      utimensat(AT_FDCWD, temporary_.c_str(), times, 0);
    }
    // Without force also what came into being meanwhile stays.
    const int failed = force_ ? rename(temporary_.c_str(), target_.c_str()) : renameat2(AT_FDCWD, temporary_.c_str(), AT_FDCWD, target_.c_str(), RENAME_NOREPLACE);
    if (failed != 0 && errno == EEXIST) refuse(path_, "exists", "-f replaces it");
    if (failed != 0 && (force_ || rename(temporary_.c_str(), target_.c_str()) != 0)) throw Error(std::string("cannot be written: ") + std::strerror(errno), path_);
    temporary_.clear();
    *unfinished = 0;
  }

 private:
  std::string path_, target_, temporary_;
  bool force_;
  std::ofstream file_;
};

// One line on a terminal.
class ProgressLine {
 public:
  explicit ProgressLine(std::uint64_t all) : all_(all), shown_(isatty(STDERR_FILENO)) {}
  ~ProgressLine() {
    if (drawn_) fmt::print(stderr, "\x1b[2K\r");
  }
  void operator()(std::uint64_t done, const archive::Progress& progress) {
    const double seconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - begun_).count();
    if (!shown_ || progress.content == 0) return;
    drawn_ = true;
    const double rate = static_cast<double>(progress.content) / seconds;
    fmt::print(stderr, "\x1b[2K\r{:.1f} MB at {:.0f} kB/s, {:.3f} bits a byte", static_cast<double>(progress.content) / 1e6, rate / 1e3,
               8 * static_cast<double>(progress.file) / static_cast<double>(progress.content));
    if (all_ > 0)
      fmt::print(stderr, ", {:.0f} %, {} left", 100 * static_cast<double>(done) / static_cast<double>(all_),
                 host::span_of_time(seconds * static_cast<double>(all_ - std::min(done, all_)) / static_cast<double>(std::max<std::uint64_t>(done, 1))));
    std::fflush(stderr);
  }

 private:
  std::uint64_t all_;
  bool shown_, drawn_ = false;
  std::chrono::steady_clock::time_point begun_ = std::chrono::steady_clock::now();
};

// 1234, 64K, 10M, 2G
std::uint64_t size_of(const std::string& text) {
  std::size_t digits = 0;
  std::uint64_t value = 0;
  while (digits < text.size() && text[digits] >= '0' && text[digits] <= '9' && digits < 18) value = 10 * value + static_cast<std::uint64_t>(text[digits++] - '0');
  const std::string unit = text.substr(digits);
  const int shift = unit.empty() ? 0 : unit == "K" ? 10 : unit == "M" ? 20 : unit == "G" ? 30 : -1;
  if (digits == 0 || shift < 0 || value == 0 || value > std::numeric_limits<std::uint64_t>::max() >> shift) refuse("--limit " + text, "is no size", "for example 500M or 20G");
  return value << shift;
}

void list_methods(Context& context) {
  for (const auto& name : archive::method_names(context.registry())) {
    const auto document = host::read_document(context.registry().resolve("method:" + name, {}).path);
    fmt::print("{:<18} {}\n", name, document.value.value("summary", ""));
  }
}

std::string ratio(const archive::Summary& sum) {
  if (sum.content == 0) return fmt::format("{} bytes, of nothing", sum.file);
  const double bits = 8 * static_cast<double>(sum.file) / static_cast<double>(sum.content);
  return fmt::format("{} -> {} bytes, {:.1f} %, {:.4f} bits a byte", sum.content, sum.file, 100 * bits / 8, bits);
}

void compress(Context& context, const Options& options) {
  if (options.list) return list_methods(context);
  if (options.in.empty()) refuse("compress", "takes a file, or - for standard input");
  Input in(options.in);
  const archive::Method method(options.method, context.catalogue(), context.registry());
  Output out(!options.out.empty() ? options.out : options.in == "-" ? "-" : options.in + ending, options.force);
  std::ios::sync_with_stdio(false);
  ProgressLine line(in.size());
  const auto info = in.info();
  archive::Summary sum;
  try {
    sum = archive::compress(in.stream(), out.stream(), method, info, {options.threads, options.verify || !method.shipped(), [&](const auto& p) { line(p.content, p); }});
  } catch (const Error& e) {
    throw e.where().empty() ? Error(e.message(), in.name() + " to " + out.path()) : e;
  }
  out.finish(info);
  if (!sum.fault.empty()) fmt::print(stderr, "{} of {} blocks are stored as they are; of the first that cannot be coded: {}\n", sum.stored, sum.blocks, sum.fault);
  if (options.out != "-" && options.in != "-") fmt::print(stderr, "{}: {}\n", out.path(), ratio(sum));
}

void decompress(Context& context, const Options& options) {
  Input in(options.in);
  std::string path = options.out;
  if (path.empty() && options.in == "-") path = "-";
  if (path.empty()) {
    if (!options.in.ends_with(ending) || options.in.size() == std::string(ending).size())
      refuse(options.in, std::string("does not end in ") + ending, "-o says where its contents are to go");
    path = options.in.substr(0, options.in.size() - std::string(ending).size());
  }
  Output out(path, options.force);
  std::ios::sync_with_stdio(false);
  ProgressLine line(in.size());
  archive::ReadOptions read;
  read.threads = options.threads;
  read.progress = [&](const auto& p) { line(p.file, p); };
  read.place = in.name();
  read.recover = options.recover;
  read.most = options.limit.empty() ? 0 : size_of(options.limit);
  read.method = [&](const std::optional<archive::Description>& d) {
    if (d) return archive::method_for(*d, options.method, in.name(), context.catalogue(), context.registry());
    if (options.method.empty()) throw Error("the method that it was coded with is not known: --method may tell it");
    return archive::Method(options.method, context.catalogue(), context.registry());
  };
  archive::Contents contents;
  try {
    contents = archive::decompress(in.stream(), out.stream(), read);
  } catch (const host::MissingReference& e) {
    throw host::Refusal(host::Problem{{in.name(), 0, 0}, {}, e.message(), e.hint(), host::Exit::missing_reference});
  }
  out.finish(contents.info);
  for (const auto& loss : contents.losses) fmt::print(stderr, "{}: lost {}: {}\n", in.name(), loss.what, loss.why);
  if (!contents.losses.empty()) context.exit_code = host::Exit::failed;
  if (options.out != "-" && options.in != "-") fmt::print(stderr, "{}: {} bytes\n", path, contents.summary.content);
}

void inspect(const Options& options) {
  Input in(options.in);
  const auto contents = archive::inspect(in.stream(), in.name());
  const auto& sum = contents.summary;
  const auto described = contents.description ? archive::json_of(*contents.description) : host::Ordered();
  std::string fingerprint;
  if (contents.description)
    for (const auto byte : contents.description->fingerprint) fingerprint += fmt::format("{:02x}", byte);
  if (options.json) {
    host::Ordered out = {{"content", sum.content}, {"file", sum.file}, {"blocks", sum.blocks}, {"stored", sum.stored}, {"method", described}, {"fingerprint", fingerprint}};
    if (contents.info) out["mode"] = fmt::format("{:o}", contents.info->mode), out["time"] = contents.info->seconds;
    return fmt::print("{}\n", out.dump(-1, ' ', false, host::Ordered::error_handler_t::replace));
  }
  fmt::print("size         {}\nblocks       {}, {} of them stored\n", ratio(sum), sum.blocks, sum.stored);
  if (contents.info) fmt::print("file         mode {:o}, changed {} s after 1970\n", contents.info->mode, contents.info->seconds);
  if (!contents.description) return;
  fmt::print("fingerprint  {}\nmethod\n{}\n", fingerprint, described.dump(2, ' ', true, host::Ordered::error_handler_t::replace));
}

}  // namespace

void add_compress(CLI::App& app, Context& context) {
  auto* command = app.add_subcommand("compress", "a file made smaller by a model that predicts it");
  command->footer("tandem compress book.txt");
  auto options = std::make_shared<Options>();
  command->add_option("file", options->in, "what to compress; - for standard input");
  command->add_option("--method", options->method, "a shipped method (--list shows them), or a file that describes one; default " + options->method);
  command->add_flag("--list", options->list, "the shipped methods");
  command->add_option("-o,--out", options->out, std::string("default: the file's name with ") + ending + "; - for standard output");
  command->add_flag("-f,--force", options->force, "replace a file that is there");
  command->add_flag("--verify", options->verify, "decode every block again before it is written; with a method of your own that is always done");
  command->add_option("--threads", options->threads, "changes no byte")->check(CLI::Range(1, 1024));
  command->callback([&context, options] { compress(context, *options); });
}

void add_decompress(CLI::App& app, Context& context) {
  auto* command = app.add_subcommand("decompress", "the file again, or an error: never a wrong byte");
  command->footer("tandem decompress book.txt.tdm");
  auto options = std::make_shared<Options>();
  options->method.clear();
  command->add_option("file", options->in, "what compress wrote; - for standard input")->required();
  command->add_option("--method", options->method, "a file that describes the method, where it is no shipped one; with --recover also a shipped one, where the container has lost it");
  command->add_option("-o,--out", options->out, std::string("default: the file's name without ") + ending + "; - for standard output");
  command->add_flag("-f,--force", options->force, "replace a file that is there");
  command->add_flag("--recover", options->recover, "of a damaged file, what is whole");
  command->add_option("--limit", options->limit, "of what may come out, such as 20G; default 1000 times the file, and 1G");
  command->add_option("--threads", options->threads, "changes no byte")->check(CLI::Range(1, 1024));
  command->callback([&context, options] { decompress(context, *options); });
}

void add_inspect(CLI::App& app, Context& context) {
  auto* command = app.add_subcommand("inspect", "how a compressed file was made, and what it holds");
  command->footer("tandem inspect book.txt.tdm");
  auto options = std::make_shared<Options>();
  command->add_option("file", options->in, "what compress wrote; - for standard input")->required();
  command->add_flag("--json", options->json, "a JSON object");
  command->callback([&context, options] { (void)context, inspect(*options); });
}

}  // namespace tandem::cli
