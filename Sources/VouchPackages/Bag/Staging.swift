import CLinux
import Foundation
import VouchModel

/// The folder `.<name>.tmp-<pid>` in which a package is made before anybody can see it.
struct Staging {
  let folder: String
  private let output: String
  private let name: String

  /// Makes the folder, and removes what killed runs left behind.
  init(for name: String, in output: String) throws {
    self.output = output
    self.name = name
    folder = "\(output)/.\(name).tmp-\(getpid())"
    try? FileManager.default.createDirectory(
      atPath: output, withIntermediateDirectories: true)
    Self.removeLeftovers(in: output)
    if mkdir(folder, 0o755) != 0 { throw Refusal.io("create", folder) }
  }

  func remove() { try? FileManager.default.removeItem(atPath: folder) }

  /// Brings everything to disk and puts it under its final name.
  ///
  /// The old package stays whole until the new one is; then both change places in one step. Only
  /// between folder and zip can a power cut leave one old and one new, both whole.
  func publish() throws { try publish([name, "\(name).zip"]) }

  /// Brings everything to disk and puts these items of the folder under their names, in order.
  func publish(_ items: [String]) throws {
    try sync(folder)
    for item in items { try replace(item) }
    try sync(output)
  }

  func makeFolder(_ path: String) throws {
    if mkdir(path, 0o755) != 0 { throw Refusal.io("create", path) }
  }

  private func replace(_ item: String) throws {
    let new = "\(folder)/\(item)"
    let place = "\(output)/\(item)"
    if rename(new, place) == 0 { return }
    // A folder that is there cannot be renamed over, so the two are exchanged; the old one
    // leaves with the staging folder.
    guard errno == ENOTEMPTY || errno == EEXIST,
      renameat2(AT_FDCWD, new, AT_FDCWD, place, Self.exchange) == 0
    else { throw Refusal.io("rename", place) }
  }

  /// RENAME_EXCHANGE of linux/fs.h.
  private static let exchange: UInt32 = 2

  /// Brings a folder's whole file system to disk: files, names and folders. One call, since one
  /// a file costs seconds for a package of thousands of pages.
  private func sync(_ path: String) throws {
    let descriptor = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
    if descriptor < 0 { throw Refusal.io("sync", path) }
    defer { close(descriptor) }
    if syncfs(descriptor) != 0 { throw Refusal.io("sync", path) }
  }

  private static func removeLeftovers(in output: String) {
    for item in (try? FileManager.default.contentsOfDirectory(atPath: output)) ?? [] {
      guard let pid = pid(of: item), pid == getpid() || kill(pid, 0) != 0 && errno == ESRCH
      else { continue }
      try? FileManager.default.removeItem(atPath: "\(output)/\(item)")
    }
  }

  /// The process that made `.<slug>-soc2-<period>.tmp-<pid>` or `.public.tmp-<pid>`; nil for any
  /// other name.
  private static func pid(of item: String) -> pid_t? {
    guard item.hasPrefix("."), item.contains("-soc2-") || item.hasPrefix(".public.tmp-"),
      let mark = item.range(of: ".tmp-", options: .backwards)
    else { return nil }
    return pid_t(item[mark.upperBound...])
  }
}
