import VouchModel

/// Writes the package of a period: a BagIt folder and the same as one zip (contract 6).
public enum PackageWriter {
  /// Writes the package into the folder `output`.
  ///
  /// Everything is written aside in `.<name>.tmp-<pid>`, brought to disk and renamed, so that a
  /// failure at any point leaves a package of the same name as it was. Throws ``Refusal``.
  public static func write(
    _ input: PackageInput, to output: String,
    progress: (PackageProgress) -> Void = { _ in }
  ) throws -> PackageReceipt {
    throw Refusal(
      .io, Diagnostic("package.not-written", .error, at: output, "the writer is not finished"))
  }
}
