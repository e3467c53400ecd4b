// A row of the table of engine loops: import the CSV as a Data Table with this structure.
#pragma once

#include "CoreMinimal.h"
#include "Engine/DataTable.h"
#include "Sound/SoundWave.h"
#include "EngineLoopRow.generated.h"

USTRUCT(BlueprintType)
struct FEngineLoopRow : public FTableRowBase
{
	GENERATED_BODY()

	UPROPERTY(EditAnywhere, BlueprintReadWrite, Category = "Engine")
	TSoftObjectPtr<USoundWave> Sound;

	/** "loop", "idle" or "limiter". */
	UPROPERTY(EditAnywhere, BlueprintReadWrite, Category = "Engine")
	FString Role;

	/** Speed at which the file is played unpitched. */
	UPROPERTY(EditAnywhere, BlueprintReadWrite, Category = "Engine")
	float Rpm = 0.f;

	UPROPERTY(EditAnywhere, BlueprintReadWrite, Category = "Engine")
	float Load = 0.f;

	UPROPERTY(EditAnywhere, BlueprintReadWrite, Category = "Engine")
	float FromRpm = 0.f;

	UPROPERTY(EditAnywhere, BlueprintReadWrite, Category = "Engine")
	float ToRpm = 0.f;

	UPROPERTY(EditAnywhere, BlueprintReadWrite, Category = "Engine")
	float Volume = 1.f;

	/** First and last sample of the loop: the whole file. */
	UPROPERTY(EditAnywhere, BlueprintReadWrite, Category = "Engine")
	int32 LoopStart = 0;

	UPROPERTY(EditAnywhere, BlueprintReadWrite, Category = "Engine")
	int32 LoopEnd = 0;
};
