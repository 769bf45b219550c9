import Foundation
import GRDB
import VouchModel

extension Refusal {
  /// What a failure of the system or of the records comes to for the user: a message and an exit
  /// status. Nil for anything else, such as a mistake on the command line.
  public init?(failure error: any Error) {
    if let error = error as? DatabaseError {
      self = Self.records(error)
      return
    }
    guard let (code, path) = Self.systemError(error) else { return nil }
    let reason = code == 0 ? "" : ": \(String(cString: strerror(code)))"
    self.init(
      .io,
      Diagnostic(
        "io.failed", .error, at: path, "reading or writing failed\(reason)",
        why: "the command ends here; what was preserved before is safe",
        fix: Self.fix(code)))
  }

  private static func records(_ error: DatabaseError) -> Refusal {
    let place = ".vouch/records.sqlite"
    switch error.resultCode {
    case .SQLITE_FULL, .SQLITE_IOERR, .SQLITE_READONLY, .SQLITE_CANTOPEN, .SQLITE_PERM,
      .SQLITE_NOMEM:
      return Refusal(
        .io,
        Diagnostic(
          "records.io", .error, at: place,
          "the records cannot be written: \(error.message ?? "input or output failed")",
          why: "they are a cache; the evidence itself is safe",
          fix: fix(error.resultCode == .SQLITE_FULL ? ENOSPC : 0)))
    case .SQLITE_CORRUPT, .SQLITE_NOTADB:
      return Refusal(
        .io,
        Diagnostic(
          "records.damaged", .error, at: place, "the records are damaged",
          why: "they are a cache of the evidence, which is not affected",
          fix: "remove the folder .vouch and run the command again"))
    case .SQLITE_BUSY, .SQLITE_LOCKED:
      return Refusal(
        .busy,
        Diagnostic(
          "records.busy", .error, at: place, "another program has the records open",
          fix: "close it and run the command again"))
    default:
      return Refusal(
        .data,
        Diagnostic(
          "records.failed", .error, at: place,
          "the records cannot be made: \(error.message ?? error.resultCode.description)",
          why: "this is a fault of vouch, or a cache of another version",
          fix: "remove the folder .vouch and run the command again; if it stays, report it"))
    }
  }

  /// The errno and the path in an error of Foundation; errno 0 when it names none.
  private static func systemError(_ error: any Error) -> (code: Int32, path: String)? {
    if let error = error as? POSIXError { return (error.code.rawValue, "") }
    guard let error = error as? CocoaError else { return nil }
    let path = error.filePath ?? ""
    if let posix = error.underlying as? POSIXError { return (posix.code.rawValue, path) }
    switch error.code {
    case .fileReadNoSuchFile, .fileNoSuchFile: return (ENOENT, path)
    case .fileReadNoPermission, .fileWriteNoPermission: return (EACCES, path)
    case .fileWriteOutOfSpace: return (ENOSPC, path)
    case .fileWriteVolumeReadOnly: return (EROFS, path)
    default: return (0, path)
    }
  }

  private static func fix(_ code: Int32) -> String {
    switch code {
    case ENOSPC, EDQUOT: "make room on the disk and run the command again; nothing is lost"
    case EACCES, EPERM, EROFS:
      "give the account that runs vouch write permission there, or choose another folder"
    default: "check the disk and the folder's permissions, and run the command again"
    }
  }
}
