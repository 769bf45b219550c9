import VouchModel

/// Writes a package that was derived from another one: folder and zip, whole or not at all.
public enum PackageCopy {
  /// A file of the copy.
  public enum Content: Sendable {
    case bytes([UInt8])
    /// A file on disk, copied.
    case file(String)
  }

  /// - Parameters:
  ///   - files: in any order; hands over one file after the other.
  ///   - info: labels of bag-info.txt; Payload-Oxum is added.
  ///   - seal: gets the tag manifest and gives the files to lay beside it.
  /// - Returns: folder, zip and the digest of the tag manifest.
  public static func write(
    name: String, to output: String, info: [(label: String, value: String)],
    seal: ([UInt8]) throws -> [PackageFile] = { _ in [] },
    files: (_ add: (_ path: String, _ content: Content) throws -> Void) throws -> Void
  ) throws -> (folder: String, archive: String, tagManifest: Digest) {
    let staging = try Staging(for: name, in: output)
    defer { staging.remove() }
    let bag = try BagWriter(in: staging.folder, name: name)
    try files { path, content in
      switch content {
      case .bytes(let bytes): try bag.add(path, bytes)
      case .file(let source): try bag.copy(path, from: source)
      }
    }
    let digest = try bag.finish(info: info, seal: seal)
    try staging.publish()
    return ("\(output)/\(name)", "\(output)/\(name).zip", digest)
  }
}
