namespace HilBench.Devices;

/// <summary>A device that can record what its signals do.</summary>
public interface IWaveDevice : IDevice
{
    /// <summary>Starts an FST wave.</summary>
    /// <param name="path">The file.</param>
    /// <returns>False when the device was built without waves, or the file cannot be written.</returns>
    bool TryStartWave(string path);

    /// <summary>Ends the wave; the file is whole then.</summary>
    void StopWave();
}
