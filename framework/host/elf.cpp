#include "elf.hpp"

#include <elf.h>

#include <algorithm>
#include <cstring>
#include <fstream>
#include <span>
#include <sstream>
#include <tandem/error.hpp>
#include <vector>

namespace tandem::host {
namespace {

// Of what the dynamic linker is told: bytes of the section, of all names and of one.
constexpr std::uint64_t most_dynamic = 1 << 16, most_names = 1 << 20, longest_name = 4096;

class Image {
 public:
  explicit Image(const std::filesystem::path& path) : path_(path) {
    std::error_code failed;
    // Opening anything else, such as a pipe, might never end.
    if (!std::filesystem::is_regular_file(path, failed)) throw Error("is not a regular file", path.string());
    size_ = std::filesystem::file_size(path, failed);
    in_.open(path, std::ios::binary);
    if (!in_ || failed) throw Error("cannot be read", path.string());
  }
  std::uint64_t size() const { return size_; }
  void read(std::uint64_t offset, void* to, std::size_t count) {
    if (count > size_ || offset > size_ - count) fail("is truncated");
    in_.seekg(static_cast<std::streamoff>(offset));
    if (!in_.read(static_cast<char*>(to), static_cast<std::streamsize>(count))) fail("cannot be read");
  }
  [[noreturn]] void fail(const char* message) const { throw Error(message, path_.string(), "build it again"); }

 private:
  std::ifstream in_;
  std::filesystem::path path_;
  std::uint64_t size_ = 0;
};

std::string hexadecimal(std::span<const unsigned char> bytes) {
  std::string text;
  for (const unsigned char byte : bytes) {
    text += "0123456789abcdef"[byte >> 4];
    text += "0123456789abcdef"[byte & 15];
  }
  return text;
}

// The program headers of a library, once its length is what it says.
std::vector<Elf64_Phdr> segments_of(Image& image) {
  Elf64_Ehdr header;
  image.read(0, &header, sizeof header);
  if (std::memcmp(header.e_ident, ELFMAG, SELFMAG) != 0 || header.e_ident[EI_CLASS] != ELFCLASS64)
    image.fail("is not a 64-bit ELF library");
  // A library cut short still has its program headers: the section headers, at the end, tell.
  const std::uint64_t sections = std::uint64_t{header.e_shnum} * header.e_shentsize;
  if (header.e_shoff > image.size() || sections > image.size() - header.e_shoff) image.fail("is truncated");
  std::vector<Elf64_Phdr> segments(header.e_phnum);
  for (unsigned i = 0; i < header.e_phnum; ++i) {
    image.read(header.e_phoff + i * std::uint64_t{header.e_phentsize}, &segments[i], sizeof segments[i]);
    if (segments[i].p_offset > image.size() || segments[i].p_filesz > image.size() - segments[i].p_offset)
      image.fail("is truncated");
  }
  return segments;
}

}  // namespace

std::string build_id(const std::filesystem::path& library) {
  Image image(library);
  for (const auto& segment : segments_of(image)) {
    if (segment.p_type != PT_NOTE || segment.p_filesz > 65536) continue;
    std::vector<unsigned char> notes(segment.p_filesz);
    image.read(segment.p_offset, notes.data(), notes.size());
    for (std::size_t at = 0; at + sizeof(Elf64_Nhdr) <= notes.size();) {
      Elf64_Nhdr note;
      std::memcpy(&note, notes.data() + at, sizeof note);
      const std::size_t name = at + sizeof note;
      const std::size_t content = name + (std::size_t{note.n_namesz} + 3) / 4 * 4;
      const std::size_t next = content + (std::size_t{note.n_descsz} + 3) / 4 * 4;
      if (next > notes.size()) break;
      if (note.n_type == NT_GNU_BUILD_ID && note.n_namesz == 4 && std::memcmp(notes.data() + name, "GNU", 4) == 0)
        return hexadecimal(std::span(notes).subspan(content, note.n_descsz));
      at = next;
    }
  }
  image.fail("has no build-id");
}

std::vector<std::string> exported_symbols(const std::filesystem::path& library) {
  Image image(library);
  Elf64_Ehdr header;
  image.read(0, &header, sizeof header);
  std::vector<std::string> out;
  const auto section = [&](unsigned index) {
    Elf64_Shdr found;
    image.read(header.e_shoff + index * std::uint64_t{header.e_shentsize}, &found, sizeof found);
    return found;
  };
  for (unsigned i = 0; i < header.e_shnum; ++i) {
    const Elf64_Shdr symbols = section(i);
    if (symbols.sh_type != SHT_DYNSYM) continue;
    const Elf64_Shdr strings = section(symbols.sh_link);
    if (strings.sh_size > image.size()) image.fail("is truncated");
    std::string names(strings.sh_size, 0);
    image.read(strings.sh_offset, names.data(), names.size());
    for (std::uint64_t at = 0; at + sizeof(Elf64_Sym) <= symbols.sh_size; at += sizeof(Elf64_Sym)) {
      Elf64_Sym symbol;
      image.read(symbols.sh_offset + at, &symbol, sizeof symbol);
      const auto bind = ELF64_ST_BIND(symbol.st_info);
      const auto seen = ELF64_ST_VISIBILITY(symbol.st_other);
      if (symbol.st_shndx == SHN_UNDEF || symbol.st_shndx == SHN_ABS || bind == STB_LOCAL || seen == STV_HIDDEN || seen == STV_INTERNAL) continue;
      if (symbol.st_name < names.size()) out.emplace_back(names.c_str() + symbol.st_name);
    }
  }
  return out;
}

Linking linking(const std::filesystem::path& library) {
  Image image(library);
  const auto segments = segments_of(image);
  std::vector<Elf64_Dyn> entries;
  for (const auto& segment : segments)
    if (segment.p_type == PT_DYNAMIC && segment.p_filesz <= most_dynamic) {
      entries.resize(segment.p_filesz / sizeof(Elf64_Dyn));
      image.read(segment.p_offset, entries.data(), entries.size() * sizeof(Elf64_Dyn));
    }
  std::uint64_t address = 0, size = 0;
  for (const auto& entry : entries) {
    if (entry.d_tag == DT_STRTAB) address = entry.d_un.d_ptr;
    if (entry.d_tag == DT_STRSZ) size = entry.d_un.d_val;
  }
  std::string names;
  for (const auto& segment : segments)
    if (segment.p_type == PT_LOAD && address >= segment.p_vaddr && address - segment.p_vaddr < segment.p_filesz) {
      names.resize(std::min(size, most_names));
      image.read(segment.p_offset + (address - segment.p_vaddr), names.data(), names.size());
    }
  Linking out;
  for (const auto& entry : entries) {
    if (entry.d_tag != DT_NEEDED && entry.d_tag != DT_RPATH && entry.d_tag != DT_RUNPATH) continue;
    if (entry.d_un.d_val >= names.size()) continue;
    const std::string name = names.substr(entry.d_un.d_val, longest_name).c_str();
    if (entry.d_tag == DT_NEEDED) {
      out.needed.push_back(name);
      continue;
    }
    std::istringstream folders(name);
    for (std::string folder; std::getline(folders, folder, ':');)
      if (!folder.empty()) out.folders.push_back(folder);
  }
  return out;
}

}  // namespace tandem::host
