namespace HilBench.Devices.Model;

/// <summary>STATUS bits 7:4 of a slot. Source: docs/exerciser.md.</summary>
internal enum DmaError
{
    None = 0,
    NoAccess = 1,
    TranslationUnsupported = 2,
    TranslationFailed = 3,
    BadCommand = 4,
    NotEnabled = 5,
    ReadFailed = 6,
    PageRefused = 7,
    PageRequestFailed = 8,
    Stopped = 9,
}
