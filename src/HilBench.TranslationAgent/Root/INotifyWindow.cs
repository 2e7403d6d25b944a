namespace HilBench.TranslationAgent;

/// <summary>Takes the device's untranslated writes to the window at <see cref="RootPort.NotifyBase"/>, as an interrupt controller takes MSIs.</summary>
public interface INotifyWindow
{
    /// <summary>The device wrote to the window.</summary>
    /// <param name="offset">Bytes from the window's start.</param>
    /// <param name="data">Bytes in address order; valid during the call.</param>
    void Written(int offset, ReadOnlySpan<byte> data);
}
