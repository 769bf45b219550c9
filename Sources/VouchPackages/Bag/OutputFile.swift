import Foundation
import VouchModel

/// A new file that is written from front to back, with a word on what failed when something does.
final class OutputFile: ByteSink {
  let path: String
  private let descriptor: Int32
  private(set) var offset: UInt64 = 0

  init(_ path: String) throws {
    self.path = path
    descriptor = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0o644)
    if descriptor < 0 { throw Refusal.io("create", path) }
  }

  deinit { Glibc.close(descriptor) }

  func write(_ bytes: UnsafeRawBufferPointer) throws {
    var rest = bytes
    while rest.count > 0 {
      let n = Glibc.write(descriptor, rest.baseAddress, rest.count)
      if n < 0, errno == EINTR { continue }
      if n <= 0 { throw Refusal.io("write", path) }
      rest = UnsafeRawBufferPointer(rebasing: rest[n...])
    }
    offset += UInt64(bytes.count)
  }

  /// Writes over bytes that were written before.
  func overwrite(_ bytes: [UInt8], at position: UInt64) throws {
    let n = bytes.withUnsafeBytes {
      pwrite(descriptor, $0.baseAddress, $0.count, off_t(position))
    }
    if n != bytes.count { throw Refusal.io("write", path) }
  }
}

extension Refusal {
  /// A system call that failed, in the words of the system.
  static func io(_ what: String, _ path: String, _ code: Int32 = errno) -> Refusal {
    let fix =
      switch code {
      case ENOSPC, EDQUOT: "make room, then run the command again; nothing was changed"
      case EACCES, EPERM, EROFS: "allow writing there, or choose another output folder"
      default: ""
      }
    return Refusal(
      .io,
      Diagnostic(
        "package.cannot-\(what)", .error, at: path,
        "cannot \(what) this file: \(String(cString: strerror(code)))",
        why: "a package is finished whole or not at all", fix: fix))
  }
}
