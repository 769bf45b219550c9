import CArchive
import Foundation
import VouchModel

/// Opens `.zip` and `.gz` files of an inbox, safely: the archive is preserved as it came, and each
/// member as evidence of its own.
enum Archives {
  // AE_IFREG and AE_IFDIR of archive_entry.h, which Swift does not see.
  private static let regularFile: UInt32 = 0o100000
  private static let folder: UInt32 = 0o040000

  static let totalLimit = 64 << 30
  static let memberLimit = 100_000
  /// How much larger than the archive its content may be.
  static let ratioLimit = 500

  static func isArchive(_ name: String) -> Bool {
    let name = name.lowercased()
    return name.hasSuffix(".zip") || name.hasSuffix(".gz")
  }

  /// Hands over each member's name and the path of a temporary file with its bytes.
  ///
  /// Throws a text when the archive is refused: nothing is written outside the temporary file,
  /// names only serve as names.
  static func members(
    of path: String, _ body: (_ name: String, _ file: String) throws -> Void
  ) throws {
    guard let archive = archive_read_new() else { throw ArchiveProblem("cannot be opened") }
    defer { archive_read_free(archive) }
    archive_read_support_filter_gzip(archive)
    archive_read_support_format_zip(archive)
    // The one member of a .gz has no format. A .zip that is none is damaged, and no member of its own.
    if path.lowercased().hasSuffix(".gz") { archive_read_support_format_raw(archive) }
    guard archive_read_open_filename(archive, path, 1 << 18) == ARCHIVE_OK else {
      throw ArchiveProblem("cannot be opened as an archive")
    }
    var status = stat()
    let packed = stat(path, &status) == 0 ? max(1, Int(status.st_size)) : 1
    var total = 0
    var count = 0
    var entry: OpaquePointer?
    while true {
      let code = archive_read_next_header(archive, &entry)
      if code == ARCHIVE_EOF { break }
      guard code == ARCHIVE_OK || code == ARCHIVE_WARN, let entry else {
        throw ArchiveProblem("is damaged after \(count) members")
      }
      count += 1
      guard count <= memberLimit else {
        throw ArchiveProblem("has more than \(memberLimit) members")
      }
      let kind = archive_entry_filetype(entry)
      if kind == folder { continue }
      guard kind == regularFile || kind == 0 else {
        throw ArchiveProblem("holds a link or a device")
      }
      guard archive_entry_is_encrypted(entry) == 0 else { throw ArchiveProblem("is encrypted") }
      let name = name(of: entry, in: path)
      let (file, descriptor) = try temporaryFile()
      defer { unlink(file) }
      total += try extract(
        archive, to: descriptor, budget: min(totalLimit, packed * ratioLimit + (64 << 20)) - total)
      try body(name, file)
    }
    if count == 0 { throw ArchiveProblem("is empty") }
  }

  private static func name(of entry: OpaquePointer, in path: String) -> String {
    let own = archive_entry_pathname(entry).map { String(cString: $0) } ?? ""
    let last = (path as NSString).lastPathComponent
    // A .gz has one nameless member; its name is the file's without the ending.
    if own.isEmpty || own == "data" { return (last as NSString).deletingPathExtension }
    return own
  }

  /// A new file that nobody else can read, under a name that nobody can guess.
  private static func temporaryFile() throws -> (path: String, descriptor: Int32) {
    var name = Array((NSTemporaryDirectory() + "vouch-member-XXXXXX").utf8CString)
    let descriptor = mkstemp(&name)
    guard descriptor >= 0 else { throw ArchiveProblem("cannot be unpacked: no temporary file") }
    _ = fcntl(descriptor, F_SETFD, FD_CLOEXEC)
    return (
      String(decoding: name.dropLast().map(UInt8.init(bitPattern:)), as: UTF8.self), descriptor
    )
  }

  /// Closes `fd`.
  private static func extract(_ archive: OpaquePointer, to fd: Int32, budget: Int) throws -> Int {
    defer { close(fd) }
    let buffer = UnsafeMutableRawPointer.allocate(byteCount: 1 << 18, alignment: 16)
    defer { buffer.deallocate() }
    var written = 0
    while true {
      let n = archive_read_data(archive, buffer, 1 << 18)
      if n == 0 { return written }
      guard n > 0 else { throw ArchiveProblem("is damaged or cut off") }
      written += n
      guard written <= budget else {
        throw ArchiveProblem("unpacks to far more than its size")
      }
      var at = 0
      while at < n {
        let m = write(fd, buffer + at, n - at)
        guard m > 0 else { throw ArchiveProblem("cannot be unpacked: the disk may be full") }
        at += m
      }
    }
  }
}

/// Why an archive is refused.
struct ArchiveProblem: Error {
  let text: String
  init(_ text: String) { self.text = text }
}
