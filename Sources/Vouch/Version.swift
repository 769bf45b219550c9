/// The program's own version.
public enum VouchVersion {
  public static let number = "0.1.0"
}
