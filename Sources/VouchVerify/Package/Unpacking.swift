import Foundation
import VouchModel

extension PackageVerifier {
  /// Writes the files of a zip into a folder and gives the package's folder in it.
  ///
  /// The same bounds and refusals as for verifying hold: no links, no paths that lead outside, no
  /// two files of one name, no bombs.
  public static func unpack(
    _ zip: String, into folder: String, limits: ZipLimits = ZipLimits()
  ) throws -> String {
    do {
      let package = try ZipPackage(try OpenFile(zip, following: true), limits: limits)
      for path in package.files.keys.sorted() {
        try write(try package.open(path), to: "\(folder)/\(package.name)/\(path)")
      }
      return "\(folder)/\(package.name)"
    } catch let refusal as ZipRefusal {
      throw Refusal(
        .data,
        Diagnostic(
          "package.zip", .error, at: zip, "the zip is refused: \(refusal)",
          why: "nothing of it is unpacked that could harm", fix: "run 'vouch verify' on it"))
    } catch let fault as ReadFault {
      throw Refusal(.data, Diagnostic("package.zip", .error, at: zip, fault.text))
    }
  }

  private static func write(_ stream: any ByteStream, to path: String) throws {
    try FileManager.default.createDirectory(
      atPath: (path as NSString).deletingLastPathComponent, withIntermediateDirectories: true)
    guard let file = fopen(path, "wxb") else {
      throw ReadFault(id: "unreadable", text: "'\(path)' cannot be written")
    }
    defer { fclose(file) }
    var chunk = [UInt8](repeating: 0, count: 1 << 18)
    while true {
      let count = try chunk.withUnsafeMutableBytes { try stream.read(into: $0) }
      if count == 0 { break }
      guard fwrite(chunk, 1, count, file) == count else {
        throw ReadFault(id: "unreadable", text: "'\(path)' cannot be written: the disk may be full")
      }
    }
    if let fault = stream.fault { throw fault }
  }
}
